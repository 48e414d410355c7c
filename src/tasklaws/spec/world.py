"""What a world is: a law that is known, from which runs are drawn, so that methods can be tested on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import polars as pl

    from tasklaws.spec.ladder import Rung


@dataclass(frozen=True)
class WorldOptions:
    """How much to draw."""

    rungs: int = 8
    runs: int = 20_000
    """Attempts in all, spread evenly over models and tasks; rounded up to the same number in each cell."""
    seed: int = 0


@dataclass(frozen=True)
class Drawn:
    """Runs of a world, and what is true in it."""

    runs: Iterable[pl.DataFrame]
    """Schema ``runs``, one table per model, drawn when it is asked for; read once."""
    tasks: pl.DataFrame
    """Schema ``tasks``."""
    rungs: tuple[Rung, ...]
    truth: Mapping[str, Any]
    """JSON: the parameters of the world and the true success rate of every cell (``cells``)."""
    human: pl.DataFrame | None = None
    """Schema ``human_times``."""
    axis: str = "flops"


@dataclass(frozen=True)
class World:
    """One world; its module's name is its name."""

    name: str
    code: str
    """``W1`` to ``W17``, the number in the formal model."""
    summary: str
    source: str
    status: Literal["published", "emerging"]
    draw: Callable[[WorldOptions], Drawn]
    tests: str
    """What a method should find in it."""

    @property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the world."""
        return {"code": self.code, "should be found": self.tests}
