"""What a scenario is, and how what it finds becomes a row of the dossier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from tasklaws.dossier.absent import NOT_APPLICABLE, NOT_GRANTED

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasklaws.dossier.stress._rated import Rated

NO_RESULTS = "no model of the study has results"
NO_SHARES = "the scores are no shares in [0, 1] of which more is better"


@dataclass(frozen=True)
class Effect:
    """By how many points the mean score would change, with an interval of 90 %."""

    effect: float
    lower: float
    upper: float
    method: str
    """How it was found, in one sentence."""
    n_models: int = 1
    """Models whose scores were used."""
    reason: str | None = None
    """Why to doubt it."""


@dataclass(frozen=True)
class Missing:
    """Why there is no effect, and what would be needed."""

    status: str
    """``not-granted`` (more access would do) or ``not-applicable``."""
    reason: str


@dataclass(frozen=True)
class Scenario:
    """One change of circumstance; its module's name is its name."""

    name: str
    title: str
    summary: str
    source: str
    status: Literal["published", "emerging"]
    run: Callable[[Rated], Effect | Missing]
    assumes: str
    cannot_tell: str

    def row(self, rated: Rated | None) -> dict[str, Any]:
        """Return the row of the dossier for a model; None where no model has results."""
        return {"scenario": self.name, **_told(self._found(rated))}

    def _found(self, rated: Rated | None) -> Effect | Missing:
        if rated is None:
            return Missing(NOT_GRANTED, NO_RESULTS)
        return self.run(rated) if rated.shares else Missing(NOT_APPLICABLE, NO_SHARES)

    @property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the scenario."""
        return {"title": self.title, "assumes": self.assumes, "cannot tell": self.cannot_tell}


def _told(found: Effect | Missing) -> dict[str, Any]:
    if isinstance(found, Missing):
        nothing = dict.fromkeys(("effect", "lower", "upper"))
        return {"status": found.status, **nothing, "n_models": 0, "method": None, "reason": found.reason}
    return {
        "status": "computed",
        "effect": found.effect,
        "lower": found.lower,
        "upper": found.upper,
        "n_models": found.n_models,
        "method": found.method,
        "reason": found.reason,
    }
