"""A study as lines look at it: what those of one metric, harness and elicitation share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tasklaws.assess.diagnosis import diagnose
from tasklaws.assess.forecast import named_target
from tasklaws.assess.red_lines.ahead import guessed, named
from tasklaws.assess.red_lines.folds import forecast_folds
from tasklaws.assess.red_lines.selected import families_of, for_line
from tasklaws.assess.selection import select
from tasklaws.core.errors import BadLadder, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Collection

    import polars as pl

    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.red_lines.ahead import Ahead
    from tasklaws.assess.red_lines.folds import FoldForecast
    from tasklaws.assess.selection import Selection
    from tasklaws.core.progress import Progress
    from tasklaws.spec.red_lines import RedLine
    from tasklaws.study.folder import Study

NEXT = "next"


@dataclass(frozen=True)
class View:
    """What lines of one metric, harness and elicitation are judged by."""

    study: Study
    selection: Selection
    folds: tuple[FoldForecast, ...]
    certificates: dict[tuple[str, str], Certificate]
    """Of each lineage and family."""
    ahead: dict[str, tuple[Ahead, ...]]
    """Of each lineage: the next rung of the ladder where there is one, and guessed ones."""
    refused: dict[str, str]
    """Of each lineage that cannot be forecast, why."""

    @property
    def used(self) -> dict[str, str]:
        """Return the metric, harness and elicitation of the scores."""
        harnesses = self.selection.cells["harness_id"].unique().sort().to_list()
        return {
            "metric": str(self.selection.metric),
            "harness": harnesses[0] if len(harnesses) == 1 else "pooled",
            "elicitation": str(self.selection.cells["elicitation"][0]),
        }

    @cached_property
    def cells(self) -> pl.DataFrame:
        """Return the cells of every elicitation."""
        return self.study.cells(harness=self.study.settings.harness)

    def sizes(self, lineage: str) -> dict[str, str]:
        """Return the evaluated rungs of a lineage, weakest first, with their sizes."""
        rungs = self.selection.evaluated(lineage)
        return {rung.model: self.selection.ladder.size_of(rung.model) for rung in rungs}


def views(
    study: Study, lines: Collection[RedLine], target: str, progress: Progress
) -> dict[tuple[str, str, str], View]:
    """Return a view for each metric, harness and elicitation that lines name.

    Raises:
        UnknownName: the study has no family, metric, harness, elicitation or target of that name.
        NoAnswer: no model with results stands on the ladder.
    """
    alike: dict[tuple[str, str, str], list[RedLine]] = {}
    for line in lines:
        alike.setdefault(key_of(line), []).append(line)
    return {key: _view(for_line(study, own[0]), own, target, progress) for key, own in alike.items()}


def key_of(line: RedLine) -> tuple[str, str, str]:
    """Return what lines of one view share."""
    return line.metric, line.harness, line.elicitation


def _view(study: Study, lines: Collection[RedLine], target: str, progress: Progress) -> View:
    selection = select(study)
    families = sorted({family for line in lines for family in families_of(selection, line)})
    found = diagnose(study, families=families, progress=progress).families
    ahead, refused = _all_ahead(selection, target)
    return View(
        study,
        selection,
        forecast_folds(selection, progress=progress),
        {(one.certificate.lineage, one.certificate.family): one.certificate for one in found},
        ahead,
        refused,
    )


def _all_ahead(selection: Selection, target: str) -> tuple[dict[str, tuple[Ahead, ...]], dict[str, str]]:
    """Return what can be forecast of each lineage, and why the others cannot be."""
    made: dict[str, tuple[Ahead, ...]] = {}
    refused: dict[str, str] = {}
    for lineage in selection.lineages:
        try:
            made[lineage] = (*_next(selection, lineage, target), guessed(selection, lineage))
        except (NoAnswer, BadLadder) as error:
            refused[lineage] = error.what.removesuffix(".")
    return made, refused


def _next(selection: Selection, lineage: str, target: str) -> tuple[Ahead, ...]:
    """Return the forecast of the target, or of the lineage's first rung beyond its last without results."""
    if target != NEXT:
        rung = named_target(selection, target)
        return (named(selection, rung),) if rung.lineage == lineage else ()
    known = {rung.model for rung in selection.evaluated(lineage)} | set(selection.cells["model"])
    rungs = selection.ladder.of(lineage)
    last = max((at for at, rung in enumerate(rungs) if rung.model in known), default=-1)
    axis = selection.ladder.axis_of(lineage)
    beyond = [rung for rung in rungs[last + 1 :] if rung.height(axis) is not None]
    return (named(selection, beyond[0]),) if beyond else ()
