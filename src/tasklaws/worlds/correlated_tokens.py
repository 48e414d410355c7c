"""W6: as independent_tokens, but the larger the model, the more its tokens err together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.spec.world import Drawn, World, WorldOptions
from tasklaws.worlds._drawing import drawn
from tasklaws.worlds._ladder import ladder, place, stated
from tasklaws.worlds._token_worlds import LAW, binarities, laws

if TYPE_CHECKING:
    from tasklaws.spec.ladder import Rung

LEAST, GROWTH = 0.02, 0.58
"""Correlation of any two tokens at the foot of the ladder, and how much it has grown at its top."""


def correlation(rung: Rung) -> float:
    """Return the correlation of any two tokens of an answer: it grows evenly with the log of compute."""
    return LEAST + GROWTH * place(rung)


def draw(options: WorldOptions) -> Drawn:
    """Return runs in which accuracy runs ahead of the power of the share of right tokens."""
    rungs = ladder(options.rungs)
    about = {
        **stated(LAW),
        "token_correlation": {rung.model: correlation(rung) for rung in rungs},
        "binarity": binarities(rungs, correlation),
    }
    return drawn(options, "W6", rungs, laws(rungs, correlation), about=about)


WORLD = World(
    "correlated_tokens",
    "W6",
    "answers of 2 to 40 tokens that err together, the more so the larger the model",
    source="formal model, P7, D7 and D8",
    status="emerging",
    draw=draw,
    tests="the link p^L fails, ever more along the ladder; the share of right tokens gets all or nothing",
)
