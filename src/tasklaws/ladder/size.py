"""The one dial of the ladder: a width, from which all else of a model follows."""

from __future__ import annotations

from dataclasses import dataclass

from tasklaws.core.errors import BadInput
from tasklaws.ladder.vocabulary import VOCABULARY

PROMPT_PLACES = 26
"""Positions of a prompt; those of an answer begin behind them, whatever the length of the prompt."""
ANSWER_PLACES = 54
"""Positions of an answer."""

SHAPES = {
    8: (2, 1),
    12: (2, 1),
    16: (2, 2),
    20: (2, 2),
    24: (2, 2),
    32: (2, 2),
    40: (3, 2),
    48: (3, 3),
    64: (3, 4),
    96: (4, 4),
}
"""Width -> layers and heads."""


@dataclass(frozen=True)
class Size:
    """The shape of a model and how it is trained."""

    width: int
    layers: int
    heads: int

    @property
    def n_params(self) -> int:
        """Return the parameters of the blocks: embeddings are not counted, gains are."""
        return self.layers * (12 * self.width**2 + 2 * self.width) + self.width

    @property
    def n_embedding(self) -> int:
        """Return the parameters of token and place embeddings."""
        return (len(VOCABULARY) + PROMPT_PLACES + ANSWER_PLACES) * self.width

    @property
    def rate(self) -> tuple[float, float]:
        """Return the highest learning rates of AdamW and of Muon."""
        adam = 1e-2 if self.width <= 32 else 8e-3 if self.width <= 48 else 7e-3  # noqa: PLR2004
        return adam, 0.02 if self.width <= 32 else 0.015  # noqa: PLR2004


def size_of(width: int) -> Size:
    """Return the size of this width.

    Raises:
        BadInput: there is none.
    """
    if width not in SHAPES:
        raise BadInput(
            f"there is no rung of width {width}.", f"There are {', '.join(map(str, SHAPES))}.", "Choose one."
        )
    return Size(width, *SHAPES[width])
