"""Axes of task hardness, compared by what they forecast: human time, difficulty for models, compute, work."""

from tasklaws.assess.axes.comparison import AxesResult, axes, shoot_out

__all__ = ["AxesResult", "axes", "shoot_out"]
