"""How much each task counts: the tasks you care about, as a file of weights or as an even share."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.spec.source import read_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Per = Literal["family", "task"]
PER: tuple[Per, ...] = ("family", "task")
"""What counts alike where no weights are named."""
KEYS = ("others", "families", "tasks")
PATTERN = "*?["


@dataclass(frozen=True)
class Weights:
    """What was asked to count; 1 is as much as 1, and 2 twice as much."""

    families: Mapping[str, float] = field(default_factory=dict)
    """Name or pattern -> weight of each such family, shared out among its tasks."""
    tasks: Mapping[str, float] = field(default_factory=dict)
    """Name or pattern -> weight of each such task, whatever its family weighs."""
    others: float = 1.0
    """Weight of a family that is not named; under `per` task, of a task."""
    per: Per = "family"

    def refuse_unknown(self, families: Mapping[str, str]) -> None:
        """Raise for a name that fits none of these tasks (task -> family).

        Raises:
            UnknownName: a name fits no task and no family; the nearest is named.
        """
        _refuse_unknown("family", self.families, set(families.values()))
        _refuse_unknown("task", self.tasks, set(families))

    def shares(self, families: Mapping[str, str]) -> dict[str, float]:
        """Return task -> its part of the whole, summing to 1, given task -> family.

        Raises:
            BadInput: no task has a weight.
        """
        weighed = self._weighed(families)
        total = sum(weighed.values())
        if total <= 0:
            raise BadInput(
                f"none of the {len(families)} tasks has a weight.",
                "Some weight must be above 0.",
                "Name a family that has results, or leave the file out.",
            )
        return {task: weight / total for task, weight in weighed.items()}

    def _weighed(self, families: Mapping[str, str]) -> dict[str, float]:
        own = {task: weight for task in families if (weight := _fitting(self.tasks, task)) is not None}
        rest = [family for task, family in families.items() if task not in own]
        sizes = {family: rest.count(family) for family in set(rest)}
        return {
            task: own[task] if task in own else self._of_family(family, sizes[family])
            for task, family in families.items()
        }

    def _of_family(self, family: str, tasks: int) -> float:
        """Return the weight of each of a family's tasks that has none of its own."""
        said = _fitting(self.families, family)
        if said is None:
            return self.others if self.per == "task" else self.others / tasks
        return said / tasks


def _fitting(weights: Mapping[str, float], name: str) -> float | None:
    """Return the weight of the very name, or else that of the first pattern that fits."""
    if name in weights:
        return weights[name]
    return next((weight for pattern, weight in weights.items() if fnmatchcase(name, pattern)), None)


def _refuse_unknown(kind: str, weights: Mapping[str, float], known: set[str]) -> None:
    for name in weights:
        if name not in known and not any(fnmatchcase(one, name) for one in known):
            raise UnknownName(kind, name, known)


def read_weights(path: Path, per: Per = "family") -> Weights:
    """Return the weights that stand in a TOML file: `others`, `[families]` and `[tasks]`.

    A file that names anything counts nothing else, unless `others` says what that counts.

    Raises:
        BadInput: it is not TOML, a key is unknown, or a weight is no number of 0 or more.
    """
    try:
        said = tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"{path.name}: {error}.", "Weights are a TOML file.", "Correct the line.") from None
    for key in said:
        if key not in KEYS:
            raise UnknownName(f"key of {path.name}", shown(key), KEYS)
    tables = {key: _table(said.get(key, {}), key, path.name) for key in ("families", "tasks")}
    others = _weight(said.get("others", 0.0 if any(tables.values()) else 1.0), "others", path.name)
    if not others and not any(weight for table in tables.values() for weight in table.values()):
        raise BadInput(f"{path.name}: every weight is 0.", "Some weight must be above 0.", "Set one.")
    return Weights(tables["families"], tables["tasks"], others, per)


def _table(value: Any, key: str, source: str) -> dict[str, float]:  # noqa: ANN401  any TOML value
    if not isinstance(value, dict):
        raise BadInput(
            f"{source}: {key} = {shown(repr(value))}.",
            f"It must be a table [{key}] of names and weights.",
            "Correct it.",
        )
    return {name: _weight(weight, f"{key}.{name}", source) for name, weight in value.items()}


def _weight(value: Any, key: str, source: str) -> float:  # noqa: ANN401  any TOML value
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise BadInput(
            f"{source}: {shown(key)} = {shown(repr(value))}.",
            "A weight is a number, 0 or more.",
            "Correct it, or leave it out.",
        )
    return float(value)
