"""Past cards: what would have been said of each rung before it came, and whether it crossed.

Rolling origin: a card of a size rests on the sizes before it. A crossing counts once per lineage: cards of
sizes beyond the first that crossed say nothing about early warning, and are not scored.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.aggregates import TIE
from tasklaws.assess.red_lines.crossing import p_cross
from tasklaws.assess.red_lines.folds import FoldForecast, forecast_folds
from tasklaws.assess.red_lines.selected import families_of, for_line
from tasklaws.assess.selection import select
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from tasklaws.assess.selection import Selection
    from tasklaws.spec.red_lines import RedLine

ENDS = (0.05, 0.95)


@dataclass(frozen=True)
class PastCard:
    """What the smaller sizes said of one rung, and what came; undefined with a reason."""

    line: str
    target: str
    cutoff: str
    """Last rung that was known."""
    p_cross: float | None
    crossed: bool
    persistence: float | None
    """P(cross) by the last rung alone."""
    n_tasks: int
    reason: str | None = None
    lineage: str = ""
    block: str = ""
    """``lineage|size``: the rungs that were held out together."""
    score: float | None = None
    """Mean over the tasks that were forecast."""
    lower: float | None = None
    """5 % quantile of the forecast of that score."""
    upper: float | None = None
    counts: bool = True
    """Whether it is scored: no size before it had crossed."""

    def document(self) -> dict[str, Any]:
        """Return the card as JSON."""
        return asdict(self)


def past_cards(study: Study | str | Path, line: RedLine) -> tuple[PastCard, ...]:
    """Return a card of every rung that can be forecast from the smaller sizes.

    Raises:
        UnknownName: the study has no family, metric, harness or elicitation of the line.
        NoAnswer: no model with results stands on the ladder.
    """
    selection = select(for_line(study if isinstance(study, Study) else Study(study), line))
    families_of(selection, line)
    return cards_of(selection, forecast_folds(selection), line)


def cards_of(selection: Selection, folds: Sequence[FoldForecast], line: RedLine) -> tuple[PastCard, ...]:
    """Return the past cards of a line, given the forecasts of all sizes."""
    families = families_of(selection, line)
    made: list[PastCard] = []
    for lineage in selection.lineages:
        own = [fold for fold in folds if fold.case.lineage == lineage]
        cards = [card for fold in own for card in _fold_cards(fold, line, families)]
        made += _once(cards, _crossed_before(selection, lineage, own, line))
    return tuple(made)


def _fold_cards(fold: FoldForecast, line: RedLine, families: Sequence[str]) -> Iterator[PastCard]:
    case = fold.case
    chosen = np.isin(case.ladder.families, families)
    for at, target in enumerate(case.target.models):
        use = fold.scored_tasks(at, chosen)
        before = PastCard(
            line.name,
            target,
            cutoff=case.ladder.rungs[-1],
            p_cross=None,
            crossed=False,
            persistence=None,
            n_tasks=int(use.sum()),
            lineage=case.lineage,
            block=case.block,
        )
        if case.target.n[at, chosen].any():
            yield _card(fold, at, chosen, use, before, line)


def _card(  # noqa: PLR0917 - one fold, one target, one line
    fold: FoldForecast,
    at: int,
    chosen: NDArray[np.bool_],
    use: NDArray[np.bool_],
    card: PastCard,
    line: RedLine,
) -> PastCard:
    case = fold.case
    seen = use if use.any() else chosen & (case.target.n[at] > 0)
    score = float((case.k[at, seen] / case.target.n[at, seen]).mean())
    card = replace(card, score=score, crossed=score >= line.threshold - TIE)
    draws = fold.draws(at, chosen)
    if not draws.size:
        status = [fold.law.status[t] for t in np.flatnonzero(chosen) if fold.law.status]
        return replace(card, reason=next((one for one in status if one != "ok"), "no-joint-draws"))
    lower, upper = (float(end) for end in np.quantile(draws, ENDS))
    return replace(
        card,
        p_cross=p_cross(draws, line.threshold),
        persistence=fold.persistence(at, use, line.threshold),
        lower=lower,
        upper=upper,
    )


def _crossed_before(selection: Selection, lineage: str, folds: Sequence[FoldForecast], line: RedLine) -> bool:
    """Return whether a rung that is too low to be forecast had crossed already."""
    held = {model for fold in folds for model in fold.case.target.models}
    low = [rung.model for rung in selection.evaluated(lineage) if rung.model not in held]
    return any(score >= line.threshold - TIE for score in scores_of(selection, line, low).values())


def scores_of(selection: Selection, line: RedLine, models: Sequence[str]) -> dict[str, float]:
    """Return the score of each of these models on a line: the mean over tasks, each counted alike."""
    own = selection.cells.filter(
        pl.col("model").is_in(list(models)) & pl.col("task_family").is_in(families_of(selection, line))
    )
    known = own.filter(pl.col("n") > 0).with_columns((pl.coalesce("k", "sum") / pl.col("n")).alias("score"))
    return dict(known.drop_nulls("score").group_by("model").agg(pl.col("score").mean()).iter_rows())


def _once(cards: Sequence[PastCard], crossed: bool) -> Iterator[PastCard]:
    """Yield the cards, of which those beyond the first size that crossed do not count."""
    before, block = crossed, None
    for card in cards:
        if card.block != block:
            block, crossed = card.block, before
        yield replace(card, counts=not crossed)
        before = before or card.crossed


def lead(cards: Sequence[PastCard], alert: float) -> int | None:
    """Return by how many sizes the alarm came before the crossing; None where nothing crossed.

    1: the forecast of the very size that crossed was an alarm and the one before was not; 0: it was
    none; k: the alarm stood without a break from k sizes before.

    Args:
        cards: of one line and one lineage, in the order of the ladder; those that do not count are left out.
        alert: probability from which a card is an alarm.
    """
    blocks: dict[str, list[PastCard]] = {}
    for card in cards:
        if card.counts:
            blocks.setdefault(card.block or card.target, []).append(card)
    if not any(card.crossed for own in blocks.values() for card in own):
        return None
    alarms = [any((card.p_cross or 0.0) >= alert for card in own) for own in blocks.values()]
    return next((i for i, alarm in enumerate(reversed(alarms)) if not alarm), len(alarms))
