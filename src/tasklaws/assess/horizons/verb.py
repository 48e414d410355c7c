"""The verb `horizon`: how long tasks may be for an agent to succeed at them with a given rate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, get_args

from tasklaws.assess.horizons.curve_choice import alike, curve_rows
from tasklaws.assess.horizons.estimates import DEFAULT, LATENT, REPLICA, default, latent, of_curve, replica
from tasklaws.assess.horizons.multiverse import multiverse as every_choice
from tasklaws.assess.horizons.noise import time_errors
from tasklaws.assess.horizons.percentages import refuse_percent, refuse_success
from tasklaws.assess.horizons.repeats import repeats_rows
from tasklaws.assess.horizons.rows import rows
from tasklaws.assess.horizons.selection import Counting, Invalid, Limits, asked
from tasklaws.assess.horizons.sensitivity import sensitivities, warnings_of
from tasklaws.assess.horizons.sources import source_of
from tasklaws.assess.horizons.trend import HALF, Trend, trend
from tasklaws.assess.horizons.within_runs import within_rows
from tasklaws.core.errors import UnknownName
from tasklaws.core.progress import SILENT
from tasklaws.spec.bounds import whole
from tasklaws.theory.horizons import CURVES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import polars as pl

    from tasklaws.assess.horizons.curve_choice import CurveRow
    from tasklaws.assess.horizons.estimates import Estimate
    from tasklaws.assess.horizons.multiverse import Multiverse
    from tasklaws.assess.horizons.noise import TimeErrors
    from tasklaws.assess.horizons.repeats import RepeatsRow
    from tasklaws.assess.horizons.rows import Row
    from tasklaws.assess.horizons.selection import Asked
    from tasklaws.assess.horizons.within_runs import WithinRow
    from tasklaws.core.progress import Progress
    from tasklaws.spec.ladder import Ladder
    from tasklaws.study.folder import Study

ESTIMATORS = (REPLICA, DEFAULT, LATENT, *(name for name in CURVES if name != DEFAULT))
USUAL = ESTIMATORS[:3]
LEVEL = 95


@dataclass(frozen=True)
class HorizonResult:
    """Time horizons of the agents of a study."""

    rows: tuple[Row, ...]
    trends: tuple[Trend, ...]
    """The default's first."""
    curves: tuple[CurveRow, ...]
    repeats: tuple[RepeatsRow, ...]
    within_runs: tuple[WithinRow, ...]
    multiverse: Multiverse | None
    settings: dict[str, Any]
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`, and what stands behind them."""
        return {
            "rows": [row.document() for row in self.rows],
            "trend": self.trends[0].document(),
            "trends": [one.document() for one in self.trends],
            "curves": [row.document() for row in self.curves],
            "curves_text": alike(list(self.curves)),
            "repeats": [row.document() for row in self.repeats],
            "within_runs": [row.document() for row in self.within_runs],
            "multiverse": self.multiverse.document() if self.multiverse else None,
            "settings": self.settings,
            "warnings": list(self.warnings),
        }


def horizon(
    results: Study | str | Path | pl.DataFrame,
    tasks: pl.DataFrame | None = None,
    *,
    human: pl.DataFrame | None = None,
    ladder: Ladder | None = None,
    success: Sequence[int] = (50, 80),
    curves: Sequence[str] = USUAL,
    draws: int = 1000,
    seed: int = 0,
    level: int = LEVEL,
    limits: Limits = "failure",
    invalid: Invalid = "failure",
    people: bool = True,
    multiverse: bool = False,
    progress: Progress = SILENT,
) -> HorizonResult:
    """Return the time horizon of each agent: the human time of tasks at which it has a given success.

    Args:
        results: a study; METR's `runs.jsonl`, or a folder with it and `release_dates.yaml`; logs of Inspect,
            one or a folder; or a table of attempts or of cells.
        tasks: with human times, beside a table.
        human: people's attempts, beside a table.
        ladder: release dates, beside a table.
        success: in whole percent.
        curves: estimators that get rows: metr_2026_01 (for replication only), log_logistic,
            log_logistic_latent, exponential, weibull, lomax.
        draws: of the bootstrap; 0 for no intervals.
        seed: of everything random.
        level: of intervals, in percent.
        limits: attempts that a limit ended count as they were scored (`failure`), not at all (`drop`), or
            as not done by then (`censor`).
        invalid: successes by tampering count as failures, as successes, or not at all. METR's replica
            takes every row with the score that it has.
        people: whether people's scored attempts stand as the agent ``human``.
        multiverse: also tell what each choice does.
        progress: who hears how far it is.

    Raises:
        BadInput: an option cannot be, or there are no such results.
        NoAnswer: no agent has results, or no task that was asked has a human time.
        UnknownName: there is no such curve.
    """
    _refuse(success, curves, draws, seed, level, limits, invalid)
    found = asked(source_of(results, tasks, human, ladder), people=people)
    how, sure = Counting(limits, invalid), level / 100
    plain, errors = default(found, how, draws, seed), time_errors(found)
    made: list[Estimate] = []
    with progress.stage("time horizons", total=len(curves)) as advance:
        for name in dict.fromkeys(curves):
            made += _made(name, found, plain, errors, draws, seed)
            advance(1)
    other = sensitivities(found, how, success)
    told = tuple(
        replace(row, sensitivity=other.of(row.alias, row.success)) if one is plain else row
        for one in made
        for row in rows(one, sorted(set(success)), sure)
    )
    # the typical and the marginal time horizon at 50 % are one
    for_trend = list({one.curve: one for one in (plain, *made)}.values())
    return HorizonResult(
        told,
        tuple(trend(one, list(rows(one, (HALF,), sure)), found.released, sure) for one in for_trend),
        tuple(curve_rows(plain, seed)),
        tuple(repeats_rows(plain, seed, sure)),
        tuple(within_rows(found, sure)),
        every_choice(found, errors, progress) if multiverse else None,
        {
            "success": sorted(set(success)), "curves": list(curves), "draws": draws, "seed": seed,
            "level": level, "limits": limits, "invalid_success": invalid,
            "metric": found.source.metric, "elicitation": found.source.elicitation,
            "time_errors": errors.words,
        },
        (*found.notes, *warnings_of(found, how)),
    )  # fmt: skip


def _made(  # noqa: PLR0917  what the estimators share
    name: str, found: Asked, plain: Estimate, errors: TimeErrors, draws: int, seed: int
) -> Iterator[Estimate]:
    """Yield the estimates called `name`; attempts are counted as in the default."""
    if name == DEFAULT:
        yield plain
    elif name == REPLICA:
        yield replica(found, draws, seed)
    elif name == LATENT:
        yield from latent(found, plain.how, errors, draws, seed)
    else:
        yield of_curve(found, plain.how, name, draws, seed)


def _refuse(  # noqa: PLR0917  the options as they come
    success: Sequence[int],
    curves: Sequence[str],
    draws: int,
    seed: int,
    level: int,
    limits: str,
    invalid: str,
) -> None:
    refuse_success(success)
    refuse_percent(level, "the share of an interval")
    whole(draws, 0, "the number of draws")
    whole(seed, 0, "the seed")
    for name in curves:
        if name not in ESTIMATORS:
            raise UnknownName("curve", name, ESTIMATORS)
    for what, value, known in (
        ("way to count limits", limits, Limits),
        ("way to count invalid successes", invalid, Invalid),
    ):
        if value not in get_args(known):
            raise UnknownName(what, value, get_args(known))
