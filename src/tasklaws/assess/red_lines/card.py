"""The card of one line on one lineage: where it stands, and how likely the next rung crosses."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.certificate import Certificate
    from tasklaws.assess.red_lines.allowance import Allowance
    from tasklaws.assess.red_lines.bounds import Hazard, Observed
    from tasklaws.assess.red_lines.past import PastCard
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
    text: str = ""
    """The card in a few sentences."""

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
            "text": self.text,
            "past": [one.document() for one in self.past],
        }
