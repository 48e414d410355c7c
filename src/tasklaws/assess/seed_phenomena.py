"""What a study of the embedded ladder shows of the phenomena that the seeds describe.

Each phenomenon is measured on the runs of this study alone, with intervals, and said to be found, not found
or undefined. Only small models trained on one corpus were measured: nothing here is a claim about others.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.seed_seen import Measured, Phenomenon, Seen, counted, plain_attempts
from tasklaws.assess.seed_text import (
    Thresholds,
    between_seeds,
    coinciding,
    order,
    smooth_text,
    thresholds_of,
)
from tasklaws.assess.seed_tools import all_or_nothing, geometric, same_share, shortcut
from tasklaws.core.proportions import clopper_pearson
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["CurvePoint", "Measured", "Phenomenon", "SeedPhenomena", "Thresholds", "seed_phenomena"]


@dataclass(frozen=True)
class CurvePoint:
    """One model on one family."""

    family: str
    model: str
    width: str
    n_params: float
    seed: int | None
    n: int
    accuracy: float
    lower: float
    upper: float
    similarity: float | None
    """Mean edit similarity of what was written to the nearest solution."""


@dataclass(frozen=True)
class SeedPhenomena:
    """All phenomena, and the rows that their figure and table show."""

    phenomena: tuple[Phenomenon, ...]
    curves: tuple[CurvePoint, ...]
    thresholds: tuple[Thresholds, ...]

    def document(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return asdict(self)


def seed_phenomena(study: Study | str | Path, mix: Sequence[dict[str, Any]] = ()) -> SeedPhenomena:
    """Return what the plain attempts of a study show of each phenomenon.

    Args:
        study: a study of the embedded ladder.
        mix: what its corpus was mixed from, as in ``corpus.json``; without it what was taught is not said.

    Raises:
        NoAnswer: the runs do not hold what small local models leave behind.
    """
    opened = study if isinstance(study, Study) else Study(study)
    seen = Seen(plain_attempts(opened), mix, np.random.default_rng(opened.settings.seed or 0))
    thresholds = thresholds_of(seen)
    found = (
        all_or_nothing(seen),
        same_share(seen),
        shortcut(seen),
        geometric(seen),
        smooth_text(seen),
        coinciding(thresholds),
        order(seen),
        between_seeds(seen),
    )
    return SeedPhenomena(found, _curves(seen), thresholds)


def _curves(seen: Seen) -> tuple[CurvePoint, ...]:
    rows = counted(seen.of("exact"), "task_family", "model", "width", "n_params", "seed")
    return tuple(_point(row) for row in rows.to_dicts())


def _point(row: dict[str, Any]) -> CurvePoint:
    where = (row["task_family"], row["model"], row["width"], row["n_params"], row["seed"])
    return CurvePoint(*where, row["n"], row["rate"], *clopper_pearson(row["k"], row["n"]), row["similarity"])
