"""The verb `fit`: the laws of a study, per task, per family and of the models' own losses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from tasklaws.assess.forecaster_laws import forecaster_rows
from tasklaws.assess.form_laws import COUNTS, VALUES, Request, fit_laws
from tasklaws.assess.law_points import Better, Level, count_points, graded_points, loss_points
from tasklaws.assess.law_rows import law_rows
from tasklaws.assess.selection import LEAST_RUNGS, LEAST_SIZES, select
from tasklaws.core.errors import NoAnswer, UnknownName
from tasklaws.core.progress import SILENT
from tasklaws.forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.assess.selection import Selection
    from tasklaws.core.progress import Progress
    from tasklaws.study.folder import Study


LEVELS: tuple[Level, ...] = get_args(Level)
BETTER: tuple[Better, ...] = get_args(Better)


@dataclass(frozen=True)
class StudyLaws:
    """One row per subject and form, and one per task and link of the law behind the forecasts."""

    rows: tuple[dict[str, Any], ...]
    forecaster: tuple[dict[str, Any], ...]
    shocks: dict[str, float]
    """Rung shock of each lineage, in log-odds."""
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`, with the forecaster's laws beside those of the forms."""
        return {
            "laws": list(self.rows),
            "forecaster": list(self.forecaster),
            "rung_shock": self.shocks,
            "warnings": list(self.warnings),
        }


def fit(
    study: Study | str | Path,
    *,
    of: Sequence[Level] = (),
    forms: Sequence[str] = (),
    free: Sequence[str] = (),
    objective: str | None = None,
    weights: Literal["aic", "held_out"] = "aic",
    bootstrap: bool = False,
    seed: int = 0,
    progress: Progress = SILENT,
) -> StudyLaws:
    """Fit every form that suits, and the law behind the forecasts, to all evaluated rungs of every lineage.

    Args:
        study: the study, or its folder.
        of: laws to fit: of ``task``, ``family`` and the models' own ``loss``; none for all.
        forms: forms to fit; none for all that suit the metric, the covariates and the number of rungs.
        free: parameters to fit that are known by default, such as ``floor`` and ``reach``.
        objective: for counts ``binomial`` or ``beta_binomial``, for values ``gaussian`` or ``log_huber``.
        weights: what the weights of the forms go by: Akaike's criterion, or the score on the largest size,
            held out.
        bootstrap: bootstrap intervals (400 refits) instead of profile intervals.
        seed: of the bootstrap.
        progress: told of every lineage.

    Raises:
        NoAnswer: no lineage has enough evaluated rungs and sizes, or a form asked for needs more points.
        BadInput: a form asked for runs against the metric or lacks what it needs.
        UnknownName: there is no such form, parameter or objective.
    """
    for level in of:
        if level not in LEVELS:
            raise UnknownName("kind of law", level, LEVELS)
    how = _how(forms, free, objective, weights, bootstrap=bootstrap, seed=seed)
    selection = select(study)
    rows: list[dict[str, Any]] = []
    forecaster: list[dict[str, Any]] = []
    shocks: dict[str, float] = {}
    notes, refused = [], []
    with progress.stage("fit", total=len(selection.lineages)) as advance:
        for lineage in selection.lineages:
            try:
                forecaster += forecaster_rows(selection, lineage)
            except NoAnswer as error:
                refused.append(error.what)
            else:
                made, sentences, shock = _lineage(selection, lineage, how, of or LEVELS)
                rows, shocks[lineage] = rows + made, shock
                notes += sentences
            advance(1)
    if not forecaster:
        raise NoAnswer(
            "ladder-too-short",
            "; ".join(refused[:3]),
            f"A law needs {LEAST_RUNGS} rungs of {LEAST_SIZES} sizes.",
            "Import results of more models.",
        )
    return StudyLaws(
        tuple(rows), tuple(forecaster), shocks, (*selection.notes, *refused, *dict.fromkeys(notes))
    )


def _how(
    forms: Sequence[str],
    free: Sequence[str],
    objective: str | None,
    weights: Literal["aic", "held_out"],
    *,
    bootstrap: bool,
    seed: int,
) -> Request:
    for name in forms:
        if name not in FORMS:
            raise UnknownName("form", name, FORMS)
    names = {name for form in FORMS.values() for name in form.names}
    for name in free:
        if name not in names:
            raise UnknownName("parameter", name, names)
    if objective is not None and objective not in (*COUNTS, *VALUES):
        raise UnknownName("objective", objective, (*COUNTS, *VALUES))
    if weights not in {"aic", "held_out"}:
        raise UnknownName("kind of weights", weights, ("aic", "held_out"))
    return Request(tuple(forms), tuple(free), objective, weights, bootstrap, seed=seed)


def _lineage(
    selection: Selection, lineage: str, how: Request, levels: Sequence[Level]
) -> tuple[list[dict[str, Any]], list[str], float]:
    """Return the rows of one lineage, sentences about forms that could not be fitted, and the rung shock."""
    losses = loss_points(selection.ladder, lineage)
    kinds = (count_points(selection, lineage), graded_points(selection, lineage), losses)
    parts = [kind.about(better, levels) for kind in kinds for better in BETTER]
    rows: list[dict[str, Any]] = []
    notes: list[str] = []
    shock = 0.0
    for points in parts:
        if not points.subjects or (points is parts[-1] and len(points.sizes) < LEAST_RUNGS):
            continue
        laws = fit_laws(points, how, losses)
        rows += law_rows(laws)
        notes += [f"lineage {lineage!r}: {sentence}" for sentence in laws.refused]
        shock = max(shock, laws.shock_sd)
    return rows, notes, shock
