"""What a comparison tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasklaws.assess.comparison.costs import Cost
    from tasklaws.assess.comparison.readings import Over

TOO_FEW = "not even a difference of 1 would be told from none with a chance of 80 %"


@dataclass(frozen=True)
class Difference:
    """A minus B, in score."""

    difference: float
    lower: float
    upper: float
    p: float
    se: float
    df: float


@dataclass(frozen=True)
class FamilyRow:
    """A minus B at the very tasks of one family; only attempts are random."""

    family: str
    difference: float
    lower: float | None
    upper: float | None
    p: float | None
    p_holm: float | None
    """So that among all families one false alarm is rare."""
    n_tasks: int
    weight: float
    reason: str | None = None
    """Why there is no interval."""


@dataclass(frozen=True)
class TaskRow:
    """Both models at one task, and what it counts."""

    family: str
    task_id: str
    weight: float
    score_a: float
    score_b: float
    n_a: int
    n_b: int
    shared: int
    """Instances that both were asked."""


@dataclass(frozen=True)
class PowerRow:
    """Whether a true difference of `effect` would be told from none."""

    effect: float
    power: float
    needed: int | None
    """Clusters like these that would tell it with the chance of 80 %; None where too many."""


@dataclass(frozen=True)
class Comparison:
    """Two models on the tasks that both tried, weighed as asked."""

    a: str
    b: str
    metric: str
    elicitations: dict[str, str]
    harnesses: dict[str, tuple[str, ...]]
    level: float
    """Of intervals, such as 95."""
    per: str
    """What counts alike: family, task, or what a file of weights says."""
    over: Over
    likely: Difference
    """On tasks like these."""
    these: Difference
    """On these very tasks."""
    n_families: int
    effective_families: float
    """Families of equal weight that would vary as much."""
    score_a: float
    score_b: float
    minimum_detectable: float | None
    power: tuple[PowerRow, ...]
    by_family: tuple[FamilyRow, ...]
    tasks: tuple[TaskRow, ...]
    cost: tuple[Cost, ...]
    left_over: dict[str, tuple[str, ...]]
    """Model -> tasks that only it tried."""
    unweighted: int
    """Tasks that both tried and that have no weight."""
    text: tuple[str, ...]
    warnings: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `compare`."""
        return {
            "a": self.a,
            "b": self.b,
            **asdict(self.likely),
            "over": self.over,
            "n_tasks": len(self.tasks),
            "n_families": self.n_families,
            "effective_families": self.effective_families,
            "score_a": self.score_a,
            "score_b": self.score_b,
            "level": self.level,
            "per": self.per,
            "metric": self.metric,
            "elicitations": self.elicitations,
            "harnesses": {model: list(names) for model, names in self.harnesses.items()},
            "minimum_detectable": self.minimum_detectable,
            "minimum_detectable_reason": None if self.minimum_detectable is not None else TOO_FEW,
            "power": [asdict(row) for row in self.power],
            "these_tasks": asdict(self.these),
            "by_family": [asdict(row) for row in self.by_family],
            "tasks": [asdict(row) for row in self.tasks],
            "cost": [asdict(one) for one in self.cost],
            "left_over": {model: list(tasks) for model, tasks in self.left_over.items()},
            "unweighted": self.unweighted,
            "text": list(self.text),
            "warnings": list(self.warnings),
        }
