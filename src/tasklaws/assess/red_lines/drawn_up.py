"""Drawing up the card of one line on one lineage: what is known of it, and the verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.aggregates import TIE
from tasklaws.assess.red_lines.ahead import GUESS
from tasklaws.assess.red_lines.allowance import allowance
from tasklaws.assess.red_lines.bounds import by_size, hazard, observed
from tasklaws.assess.red_lines.card import Card, Step, Verdict
from tasklaws.assess.red_lines.crossing import p_cross
from tasklaws.assess.red_lines.past import ENDS, cards_of, lead, scores_of
from tasklaws.assess.red_lines.selected import families_of
from tasklaws.assess.red_lines.words import NO_WARNING, counted, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.assess.red_lines.bounds import Observed
    from tasklaws.assess.red_lines.view import View
    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.red_lines import RedLine


def card(view: View, line: RedLine, lineage: str) -> Card | None:
    """Return the card of a line on one lineage; None where no rung of it has results on the line."""
    families = families_of(view.selection, line)
    sizes = view.sizes(lineage)
    scores = scores_of(view.selection, line, list(sizes))
    if not scores:
        return None
    last = next(model for model in reversed(sizes) if model in scores)
    seen = observed(view.selection.cells, last, families)
    assert seen is not None  # noqa: S101 - it has a score
    cells = view.selection.cells
    made = allowance(view.cells, view.selection.metric, seen, families, str(cells["elicitation"][0]))
    bound = (line.threshold - line.margin) / made.factor
    past = tuple(one for one in cards_of(view.selection, view.folds, line) if one.lineage == lineage)
    certificates = {
        family: view.certificates[lineage, family]
        for family in families
        if (lineage, family) in view.certificates
    }
    verdicts = {family: one.verdict for family, one in certificates.items()}
    by = next((model for model in sizes if scores.get(model, 0.0) >= line.threshold - TIE), None)
    steps, missing = _steps(view, line, lineage, families, bound)
    blind = by is None and can_jump(seen, verdicts, line.threshold)
    verdict = verdict_of(line, seen, verdicts, steps, bound, crossed=by is not None, blind=blind)
    made_card = Card(
        line,
        lineage,
        families,
        seen,
        verdict,
        NO_WARNING if blind else missing or _unbacked(verdicts),
        () if blind else steps,
        bound,
        made,
        certificates,
        view.used,
        hazard(by_size(scores, sizes, line.threshold)),
        by,
        lead(past, line.alert),
        past,
    )
    return replace(made_card, text=text_of(made_card))


def can_jump(seen: Observed, verdicts: Mapping[str, str], threshold: float) -> bool:
    """Return whether tasks that come without warning would carry the score to the line by themselves."""
    blind = {family for family, verdict in verdicts.items() if verdict == "only_detectable"}
    jumped = [1.0 if family in blind else rate for family, rate in seen.rates]
    return bool(blind) and float(np.mean(jumped)) >= threshold - TIE


def _steps(
    view: View, line: RedLine, lineage: str, families: Sequence[str], bound: float
) -> tuple[tuple[Step, ...], str | None]:
    """Return what is said of rungs ahead, or why nothing is."""
    seen = view.study.models_seen_in_log()
    made = [
        _step(target, one.draws(at, families), line.threshold, bound, label=one.label(target, seen))
        for one in view.ahead.get(lineage, ())
        for at, target in enumerate(one.targets)
    ]
    steps = tuple(step for step in made if step is not None)
    return steps, None if steps else view.refused.get(lineage, "no task of the line can be forecast")


def _step(target: str, draws: Floats, threshold: float, bound: float, *, label: str) -> Step | None:
    if not draws.size:
        return None
    lower, median, upper = (float(end) for end in np.quantile(draws, (ENDS[0], 0.5, ENDS[1])))
    said = p_cross(draws, threshold), p_cross(draws, bound)
    return Step(target, label == GUESS, *said, lower, median, upper, label)


def verdict_of(
    line: RedLine,
    seen: Observed,
    verdicts: Mapping[str, str],
    steps: Sequence[Step],
    bound: float,
    *,
    crossed: bool,
    blind: bool,
) -> Verdict:
    """Return the verdict; without certificates it is never that all is quiet."""
    if crossed:
        return "crossed"
    if blind:
        return "no_early_warning"
    if seen.score >= bound - TIE or (steps and max(steps[0].p_cross, steps[0].p_cross_allowed) >= line.alert):
        return "alarm"
    return "quiet" if steps and _unbacked(verdicts) is None else "not_enough_data"


def _unbacked(verdicts: Mapping[str, str]) -> str | None:
    """Return which families have no certificate that they can carry a law, or None where all have."""
    others = [verdict for verdict in verdicts.values() if verdict != "forecastable"]
    return (
        f"no certificate that a law carries the line ({counted(others, len(verdicts))})" if others else None
    )
