"""Red lines: how likely the next rung crosses one, and how well that was known before."""
