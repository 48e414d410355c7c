"""A budget cut: the score at a tenth of the tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from tasklaws.assess.budget.attempts import attempts_of
from tasklaws.assess.budget.rows import numbered
from tasklaws.assess.budget.survival import CUT, incidence
from tasklaws.assess.harness_card import harness_cards
from tasklaws.core.errors import NoAnswer
from tasklaws.dossier.absent import NOT_GRANTED
from tasklaws.dossier.stress._families import POINTS, Changes
from tasklaws.dossier.stress._scenario import Effect, Missing, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from tasklaws.assess.budget.attempts import Attempts, Unit
    from tasklaws.dossier.stress._rated import Rated

    Floats = NDArray[np.float64]

PART = 10
UNITS: dict[Unit, tuple[str, ...]] = {"tokens": ("token_limit",), "seconds": ("working_limit", "time_limit")}
"""What a budget is in, in the order of preference -> the limits of a harness in that unit."""
NONE = "no attempt says what it used; needed: attempts with their tokens, or with their start and end"
UNKNOWN = "every attempt that could tell was cut below a tenth of the budget"


class _Family(NamedTuple):
    name: str
    change: float
    variance: float
    n: int


def run(rated: Rated) -> Effect | Missing:
    """Return the change if every attempt had been cut at a tenth of the budget."""
    if not rated.attempts.height:
        return Missing(NOT_GRANTED, NONE)
    tried = _attempts(rated)
    if tried is None:
        return Missing(NOT_GRANTED, NONE)
    budget = _budget(rated, tried)
    found = list(_families(tried.table, budget / PART))
    if not found:
        return Missing(NOT_GRANTED, UNKNOWN)
    changes = _changes(found, rated.families)
    lower, upper = changes.interval()
    effect = min(max(changes.mean, lower), upper)
    return Effect(POINTS * effect, POINTS * lower, POINTS * upper, _method(rated, tried, budget, changes))


def _attempts(rated: Rated) -> Attempts | None:
    """Return the attempts in the first unit that they tell."""
    for unit in UNITS:
        try:
            return attempts_of(rated.attempts, unit, metric=rated.metric, elicitation=rated.elicitation)
        except NoAnswer:
            continue
    return None


def _budget(rated: Rated, tried: Attempts) -> float:
    """Return the limit in force, or what an attempt used at most where that is less or no limit is known."""
    most = float(tried.table["amount"].max())  # type: ignore[arg-type]
    one_each = rated.attempts.unique("harness_id", keep="first", maintain_order=True)
    cards = harness_cards(one_each, (), rated.study.settings.run.harness)
    limits = [[(card.limits or {}).get(name) for name in UNITS[tried.unit]] for card in cards]
    known = [min(told) for found in limits if (told := [one for one in found if one is not None])]
    return min(most, max(known)) if len(known) == len(limits) else most


def _families(table: pl.DataFrame, cut: float) -> Iterator[_Family]:
    """Yield the change of each family whose attempts tell of the budget `cut`."""
    for (name,), part in table.sort("task_family").group_by("task_family", maintain_order=True):
        amount, kind = part["amount"].to_numpy(), part["kind"].to_numpy()
        budgets = np.minimum([cut, np.inf], amount.max())
        found = incidence(amount, kind, budgets)
        if found.known.all():
            apart = np.bincount(_units(part), found.influence[:, 0] - found.influence[:, 1])
            change = float(found.success[0] - found.success[1])
            yield _Family(str(name), change, float(apart @ apart), apart.size)


def _units(part: pl.DataFrame) -> NDArray[np.int64]:
    """Return what would be drawn anew, numbered: questions, or attempts at a task of only one question."""
    task, question = numbered(part)
    alone = np.bincount(np.unique(np.stack([task, question]), axis=1)[0])[task] == 1
    named = np.where(alone, question.max() + 1 + np.arange(task.size), question)
    return np.unique(named, return_inverse=True)[1].astype(np.int64)


def _changes(found: list[_Family], of: int) -> Changes:
    """Return the changes, with the variance that a single gain or loss among all questions would make."""
    n = np.array([one.n for one in found], float)
    return Changes(
        tuple(one.name for one in found),
        np.array([one.change for one in found]),
        np.array([one.variance for one in found]) + 1 / (n.sum() + 1) / n,
        int(n.sum()),
        of,
    )


def _method(rated: Rated, tried: Attempts, budget: float, changes: Changes) -> str:
    early = tried.table.filter((pl.col("kind") == CUT) & (pl.col("amount") < budget / PART)).height
    lost = f"; {early} that were cut even earlier count as censored (cumulative incidence)" if early else ""
    return (
        f"Attempts that had succeeded by {budget / PART:g} {tried.unit}, a tenth of {budget:g} (the limit, "
        f"or the most that an attempt used), against all that succeeded{lost}; {tried.table.height} "
        f"attempts, each compared with itself, mean of {len(changes.families)} of {rated.families} families."
    )


SCENARIO = Scenario(
    "budget_cut",
    "A tenth of the budget",
    "the score if every attempt had been cut at a tenth of the tokens",
    source="Aalen and Johansen 1978 (cumulative incidence); formal model, section 3.1",
    status="emerging",
    run=run,
    assumes="The model would have done the same until the cut; other cuts tell nothing of what was to come.",
    cannot_tell="What a model does that knows its budget: it may answer shorter, and lose less.",
)
