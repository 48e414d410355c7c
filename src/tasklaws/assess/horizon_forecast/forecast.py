"""The forecast of one model's time horizon, at one share of success, and how such forecasts did before."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tasklaws.assess.baseline import LAW
from tasklaws.assess.features import DAYS_PER_YEAR
from tasklaws.assess.horizon_forecast.baselines import BASELINES
from tasklaws.assess.horizon_forecast.observed import Observed, learnt
from tasklaws.assess.horizon_forecast.scoring import Summary, score
from tasklaws.assess.horizon_forecast.trend import fitted
from tasklaws.core.errors import NoAnswer
from tasklaws.core.tables import QUANTILE_LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tasklaws.assess.horizon_forecast.mixture import Mixture
    from tasklaws.assess.horizon_forecast.observed import Learnt, Suite
    from tasklaws.assess.horizon_forecast.scoring import HorizonScore
    from tasklaws.assess.horizon_forecast.trend import Fitted

LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True, eq=False)
class LevelForecast:
    """The forecast at one share of success, by the law and by every baseline."""

    success: int
    learnt: Learnt
    law: Fitted
    forecasts: Mapping[str, Mixture]
    """Forecaster -> log2 minutes."""

    def document(self, unit: str) -> dict[str, Any]:
        """Return the forecast in minutes; `unit` is that of the axis."""
        return {
            "success": self.success,
            "status": "ok",
            "reason": None,
            **minutes_of(self.forecasts[LAW]),
            "trend": _trend(self.law, unit),
            "scatter": self.law.scatter,
            "error": self.learnt.seen.error_ahead,
            "shared": self.learnt.seen.shared,
            **_learnt_from(self.learnt),
            "baselines": [
                {"name": name, **minutes_of(one)} for name, one in self.forecasts.items() if name != LAW
            ],
        }


def forecast_level(found: Suite, places: Mapping[str, float], x_ahead: float) -> LevelForecast:
    """Return the forecast of the model at `x_ahead`, learnt from the models of `places`.

    Raises:
        NoAnswer: too few of them have a time horizon within their tasks.
    """
    told = learnt(found, places)
    law = fitted(told.seen, x_ahead)
    known = told.seen.side == 0
    x, y = told.seen.x[known], told.seen.doublings[known]
    others = {name: one(x, y, x_ahead) for name, one in BASELINES.items()}
    return LevelForecast(found.success, told, law, {LAW: law.forecast.rounded()} | others)


@dataclass(frozen=True)
class PastForecast:
    """One model forecast from those before it on the axis."""

    target: str
    score: HorizonScore
    minutes: float
    """Median of the forecast."""
    observed: float
    """Minutes; of a bound, its end."""
    side: int


@dataclass(frozen=True)
class Backtest:
    """Every model in turn forecast from those before it, with what came."""

    success: int
    forecasts: tuple[PastForecast, ...]
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Model -> why it was not forecast or not scored."""

    def summary(self) -> Summary:
        """Return the means of the scores."""
        return Summary(tuple(one.score for one in self.forecasts))

    def document(self) -> dict[str, Any]:
        """Return means and single forecasts."""
        rows = [
            {
                "target": one.target,
                "forecast_minutes": one.minutes,
                "observed_minutes": one.observed,
                "bound": {0: None, -1: "at_most", 1: "at_least"}[one.side],
                **one.score.document(),
            }
            for one in self.forecasts
        ]
        return {
            "success": self.success, **self.summary().document(),
            "rows": rows, "left_out": dict(self.left_out),
        }  # fmt: skip


def backtest_level(found: Suite, places: Mapping[str, float]) -> Backtest:
    """Return how each model would have been forecast from those before it on the axis, at one level."""
    told: list[PastForecast] = []
    left_out: dict[str, str] = {}
    for model, x in sorted(places.items(), key=lambda item: (item[1], item[0])):
        seen = found.observed(model)
        if isinstance(seen, str):
            left_out[model] = seen
            continue
        try:
            made = forecast_level(found, {m: place for m, place in places.items() if place < x}, x)
        except NoAnswer as error:
            left_out[model] = error.what
            continue
        told.append(_past(model, made, seen))
    return Backtest(found.success, tuple(told), left_out)


def _past(model: str, made: LevelForecast, seen: Observed) -> PastForecast:
    median = 2.0 ** made.forecasts[LAW].quantile(0.5)
    return PastForecast(
        model, score(made.success, made.forecasts, seen), median, 2.0**seen.doublings, seen.side
    )


def minutes_of(forecast: Mixture) -> dict[str, Any]:
    """Return median, 90 % interval and quantiles of a forecast, in minutes; null beyond numbers."""
    found = {f"{level:g}": _minutes(forecast.quantile(level)) for level in QUANTILE_LEVELS}
    return {
        "minutes": found["0.5"], "lower": found[f"{LOW:g}"], "upper": found[f"{HIGH:g}"], "quantiles": found
    }  # fmt: skip


def _minutes(doublings: float) -> float | None:
    return 2.0**doublings if abs(doublings) < 1000 else None  # noqa: PLR2004 - the range of a double


def _trend(law: Fitted, unit: str) -> dict[str, Any]:
    """Return the slope with its 90 % interval and, on a ladder of releases, the time of one doubling."""
    low, middle, high = (law.slope.quantile(level) for level in (LOW, 0.5, HIGH))
    days = DAYS_PER_YEAR if unit == "years" else None
    return {
        "doublings": middle, "lower": low, "upper": high, "per": unit.removesuffix("s"),
        "doubling_days": days / middle if days and middle > 0 else None,
    }  # fmt: skip


def _learnt_from(told: Learnt) -> dict[str, Any]:
    return {
        "learnt_from": list(told.known),
        "bounded": list(_bounds(told)),
        "left_out": [{"model": model, "reason": why} for model, why in told.left_out.items()],
    }


def _bounds(told: Learnt) -> Iterator[dict[str, Any]]:
    for model, one in told.bounded.items():
        limit = 2.0**one.doublings
        at_most, at_least = (limit, None) if one.side < 0 else (None, limit)
        yield {"model": model, "at_most": at_most, "at_least": at_least}
