"""How a forecast of a time horizon did: against a number, or against a bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.baseline import LAW
from tasklaws.assess.skill import COVERAGES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tasklaws.assess.horizon_forecast.mixture import Mixture
    from tasklaws.assess.horizon_forecast.observed import Observed

SCORING_RULE = {
    "quantity": "doublings: log2 of the minutes observed on the sealed tasks, errors of measurement included",
    "crps": "headline; in doublings, lower is better; none for a bound",
    "log_score": "log density of the observed doublings, nats, higher is better; "
    "for a bound the log probability of what lies beyond it",
    "pit": "probability of at most what was observed; for a bound the range of what it may be",
    "inside": "whether the central interval holds what was observed; null where a bound does not tell",
    "skill": "1 - crps / crps of the baseline; over levels of success, of the mean crps",
}


@dataclass(frozen=True)
class HorizonScore:
    """Scores of all forecasters at one level of success; null where a bound does not tell."""

    success: int
    log_score: Mapping[str, float]
    """Forecaster -> nats."""
    crps: Mapping[str, float]
    """Forecaster -> doublings; empty for a bound."""
    pit: tuple[float, float]
    """Ends of what the law's PIT may be; equal where a number was observed."""

    def inside(self) -> dict[str, bool | None]:
        """Return, for each central interval of the law, whether it holds what was observed."""
        return {str(level): _inside(self.pit, level / 100) for level in COVERAGES}

    def document(self) -> dict[str, Any]:
        """Return the scores as JSON."""
        return {
            "log_score": self.log_score[LAW],
            "crps": self.crps.get(LAW),
            "pit": list(self.pit),
            "inside": self.inside(),
            "baselines": [
                {"name": name, "log_score": value, "crps": self.crps.get(name)}
                for name, value in self.log_score.items()
                if name != LAW
            ],
        }


def score(success: int, forecasts: Mapping[str, Mixture], seen: Observed) -> HorizonScore:
    """Return how every forecaster did against what was observed."""
    y, side = seen.doublings, seen.side
    at = forecasts[LAW].cdf(y)
    if side:
        log_score = {name: one.log_mass(y, side) for name, one in forecasts.items()}
        return HorizonScore(success, log_score, {}, (0.0, at) if side < 0 else (at, 1.0))
    return HorizonScore(
        success,
        {name: one.log_density(y) for name, one in forecasts.items()},
        {name: one.crps(y) for name, one in forecasts.items()},
        (at, at),
    )


def _inside(pit: tuple[float, float], level: float) -> bool | None:
    low, high = (1 - level) / 2, (1 + level) / 2
    if low <= pit[0] and pit[1] <= high:
        return True
    return False if pit[1] < low or pit[0] > high else None


@dataclass(frozen=True)
class Summary:
    """Means over scores: of levels of success, or of models in turn."""

    scores: tuple[HorizonScore, ...]

    def mean(self, forecaster: str = LAW) -> dict[str, float | None]:
        """Return mean log score, and mean CRPS over those scores that have one."""
        crps = [one.crps[forecaster] for one in self.scores if one.crps]
        return {
            "log_score": _mean([one.log_score[forecaster] for one in self.scores]),
            "crps": _mean(crps),
        }

    def baselines(self) -> tuple[str, ...]:
        """Return the names of the baselines."""
        return tuple(name for name in self.scores[0].log_score if name != LAW) if self.scores else ()

    def skill(self) -> dict[str, float]:
        """Return 1 - CRPS / CRPS of the baseline for each baseline; empty where nothing has a CRPS."""
        law = self.mean()["crps"]
        others = {name: self.mean(name)["crps"] for name in self.baselines()}
        return {} if law is None else {name: 1 - law / other for name, other in others.items() if other}

    def best_baseline(self) -> tuple[str | None, float | None]:
        """Return the baseline that did best, with hindsight, and the skill against it."""
        skill = self.skill()
        best = min(skill, key=skill.__getitem__, default=None)
        return best, skill[best] if best else None

    def coverage(self) -> dict[str, float | None]:
        """Return the share of outcomes inside the central intervals, of those that tell."""
        told = [one.inside() for one in self.scores]
        return {
            str(level): _mean([one[str(level)] for one in told if one[str(level)] is not None])
            for level in COVERAGES
        }

    def document(self) -> dict[str, Any]:
        """Return the means as JSON."""
        best, skill = self.best_baseline()
        return {
            "n": len(self.scores),
            **self.mean(),
            "coverage": self.coverage(),
            "baselines": [{"name": name, **self.mean(name)} for name in self.baselines()],
            "best_baseline": best,
            "skill": skill,
        }


def _mean(values: Sequence[float | bool | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return float(np.mean(known)) if known else None
