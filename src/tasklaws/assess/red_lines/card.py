"""The card of one line on one lineage: where it stands, and how likely the next rung crosses."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tasklaws.assess.aggregates import TIE
from tasklaws.assess.red_lines.ahead import GUESS
from tasklaws.assess.red_lines.allowance import Allowance, allowance
from tasklaws.assess.red_lines.bounds import Hazard, Observed, by_size, hazard, observed
from tasklaws.assess.red_lines.crossing import p_cross
from tasklaws.assess.red_lines.past import ENDS, PastCard, cards_of, lead, scores_of
from tasklaws.assess.red_lines.selected import families_of
from tasklaws.assess.red_lines.words import NO_WARNING, counted, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.red_lines.view import View
    from tasklaws.infer.arrays import Floats
    from tasklaws.spec.red_lines import RedLine

Verdict = Literal["crossed", "alarm", "quiet", "no_early_warning", "not_enough_data"]


@dataclass(frozen=True)
class Step:
    """P(cross) of one rung ahead."""

    target: str
    guessed: bool
    p_cross: float
    p_cross_allowed: float
    lower: float
    """5 % quantile of the score forecast."""
    median: float
    upper: float
    label: str
    """``forecast``, ``conditional`` or ``retrodiction``; ``guess`` for a rung that no ladder holds."""


@dataclass(frozen=True)
class Card:
    """One line on one lineage."""

    line: RedLine
    lineage: str
    families: tuple[str, ...]
    seen: Observed
    verdict: Verdict
    reason: str | None
    """Why there is no probability, or why not to lean on it."""
    steps: tuple[Step, ...]
    """The next rung first."""
    threshold_allowed: float
    """Threshold less the margin, over the allowance for elicitation."""
    allowance: Allowance
    certificates: Mapping[str, Certificate]
    """Of each family."""
    used: Mapping[str, str]
    """Metric, harness and elicitation of the scores."""
    hazard: Hazard
    crossed_by: str | None
    """First rung whose score was at the line."""
    lead: int | None
    past: tuple[PastCard, ...]

    @property
    def next(self) -> Step | None:
        """Return the next rung; None where nothing is said of it."""
        return self.steps[0] if self.steps else None

    @property
    def verdicts(self) -> dict[str, str]:
        """Return the verdict on each family."""
        return {family: one.verdict for family, one in self.certificates.items()}

    @property
    def missing(self) -> list[dict[str, str]]:
        """Return what keeps each family from having a law: the first sentence of its certificate."""
        return [
            {"family": family, "because": one.because[0]}
            for family, one in self.certificates.items()
            if one.verdict != "forecastable" and one.because
        ]

    @property
    def zero_success_upper(self) -> float | None:
        """Return what no success at all still allows, times the allowance."""
        bound = self.seen.bound
        return None if bound is None else min(1.0, bound * self.allowance.factor)

    def document(self) -> dict[str, Any]:
        """Return the card as JSON."""
        line, step, seen = self.line, self.next, self.seen
        return {
            "line": line.name,
            **{name: value for name, value in asdict(line).items() if name != "name"},
            **self.used,
            "lineage": self.lineage,
            "families": list(self.families),
            "model": seen.model,
            "score": seen.score,
            "score_lower": seen.lower,
            "score_upper": seen.upper,
            "n": seen.n,
            "n_tasks": seen.n_tasks,
            "target": step.target if step else None,
            "target_guessed": step.guessed if step else None,
            "label": step.label if step else None,
            "p_cross": step.p_cross if step else None,
            "p_cross_allowed": step.p_cross_allowed if step else None,
            "threshold_allowed": self.threshold_allowed,
            "forecast": {"0.05": step.lower, "0.5": step.median, "0.95": step.upper} if step else None,
            "ahead": [asdict(one) for one in self.steps if one.guessed],
            "lead": self.lead,
            "crossed_by": self.crossed_by,
            "allowance": self.allowance.value,
            "allowance_lower": self.allowance.lower,
            "allowance_upper": self.allowance.upper,
            "allowance_gap": self.allowance.gap,
            "allowance_elicitation": self.allowance.elicitation,
            "allowance_reason": self.allowance.reason,
            "zero_success_upper": self.zero_success_upper,
            "zero_success_by_tasks": seen.bound_by_tasks,
            "certificates": self.verdicts,
            "missing": self.missing,
            "hazard": asdict(self.hazard),
            "verdict": self.verdict,
            "reason": self.reason,
            "text": text_of(self),
            "past": [one.document() for one in self.past],
        }


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
    return Card(
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
