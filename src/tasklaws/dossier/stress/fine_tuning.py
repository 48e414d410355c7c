"""Fine-tuning: what tuning added to scores, where somebody was allowed to tune."""

from __future__ import annotations

from collections import defaultdict
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.internals import INTERNALS, internals
from tasklaws.dossier.absent import NOT_GRANTED
from tasklaws.dossier.stress._families import LEVEL, POINTS, Changes, paired
from tasklaws.dossier.stress._scenario import Effect, Missing, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasklaws.assess.internals import Tuning
    from tasklaws.dossier.stress._rated import Rated

CONTROLS = "controls.json"
TUNED = r"(fine_)?tun(ed|ing)(@[1-9]\d{0,8})?"
"""Elicitations that are tuning, such as ``tuned`` and ``fine_tuned@64``."""
NEEDED = "needed: access to tune it, and its scores before and after, as an elicitation called tuned"


def run(rated: Rated) -> Effect | Missing:
    """Return what tuning added to the model, or else to models of its size."""
    names = rated.elicited_by(TUNED)
    if names and rated.elicitation not in names:
        return _elicited(rated, names)
    rows = internals(rated.study.path / INTERNALS).tuning
    own = [row for row in rows if row.model == rated.model] or _alike(rated, rows)
    return _tuned(rated, own) if own else Missing(NOT_GRANTED, _none(rated, rows))


def _elicited(rated: Rated, names: list[str]) -> Effect | Missing:
    """Return what tuning added by the elicitation of that name; of several the one that added most."""
    before = rated.asked(rated.elicitation)
    tried = {name: paired(before, rated.asked(name), rated.families) for name in names}
    tried = {name: changes for name, changes in tried.items() if changes.n}
    if not tried:
        return Missing(NOT_GRANTED, f"no question was asked both of the tuned model and before; {NEEDED}")
    name = max(tried, key=lambda name: (round(tried[name].mean, 9), name))
    text = (
        f"{name} against {rated.elicitation}, over the same {tried[name].n} questions; mean of "
        f"{len(tried[name].families)} of {rated.families} families"
    )
    chosen = f"; the largest of {len(tried)}, the interval widened for the choice" if len(tried) > 1 else ""
    return _effect(tried[name], f"{text}{chosen}.", 1, 1 - (1 - LEVEL) / len(tried))


def _alike(rated: Rated, rows: Iterable[Tuning]) -> list[Tuning]:
    """Return the tuning of other models as large as the model, such as those of another seed."""
    sizes = {one.model: one.n_params for one in rated.study.ladder().rungs}
    size = sizes.get(rated.model)
    return [row for row in rows if size is not None and row.n_params == size]


def _tuned(rated: Rated, rows: list[Tuning]) -> Effect:
    """Return what tuning on right samples of the model itself added, family by family."""
    families = defaultdict(list)
    for row in rows:
        families[row.family].append(row)
    names = tuple(sorted(families))
    error = 2 * NormalDist().inv_cdf((1 + LEVEL) / 2)
    changes = Changes(
        names,
        np.array([fmean(row.difference for row in families[name]) for name in names]),
        np.array(
            [sum(((row.upper - row.lower) / error) ** 2 for row in families[name]) / len(families[name]) ** 2
             for name in names]
        ),
        sum(row.n for row in rows),
        rated.families,
    )  # fmt: skip
    models = sorted({row.model for row in rows})
    return _effect(changes, _method(rated, models, changes), len(models), LEVEL)


def _effect(changes: Changes, method: str, n_models: int, level: float) -> Effect:
    lower, upper = (POINTS * end for end in changes.interval(level))
    return Effect(min(max(POINTS * changes.mean, lower), upper), lower, upper, method, n_models)


def _method(rated: Rated, models: list[str], changes: Changes) -> str:
    whom = (
        ""
        if models == [rated.model]
        else f" ({', '.join(models)}, as large as {rated.model}, which itself was not tuned)"
    )
    return (
        f"Tuning on a model's own right samples{whom}, scores before and after on the same questions; "
        f"mean of {len(changes.families)} of {rated.families} families ({', '.join(changes.families)})"
        f"{_controls(rated)}."
    )


def _controls(rated: Rated) -> str:
    """Return how many models whose hidden ability was known were found out, where that was tried."""
    path = rated.study.path / CONTROLS
    if not path.exists():
        return ""
    from tasklaws.assess.elicit import controls

    tried = [one.ok for one in controls(path) if one.ok is not None]
    return f"; {sum(tried)} of {len(tried)} controls came out as they should" if tried else ""


def _none(rated: Rated, rows: tuple[Tuning, ...]) -> str:
    if not rows:
        return f"the study tells of no tuned model; {NEEDED}"
    others = len({row.model for row in rows})
    return f"neither {rated.model} nor a model of its size was tuned ({others} others were); {NEEDED}"


SCENARIO = Scenario(
    "fine_tuning",
    "Fine-tuning",
    "what tuning added to the scores",
    source="arXiv 2405.19550 (tuning unlocks hidden ability); formal model, D15",
    status="emerging",
    run=run,
    assumes="Others tune with as much data and effort as was done here; untried families are as those tried.",
    cannot_tell="What tuning on other data, or with more of it, would bring.",
)
