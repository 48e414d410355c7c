"""The forecast of one model's time horizon, as it is handed out and sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.assess.horizon_forecast.forecast import LevelForecast

if TYPE_CHECKING:
    from tasklaws.assess.horizon_forecast.forecast import Backtest
    from tasklaws.assess.horizons.selection import Asked
    from tasklaws.assess.prediction import Label

MODELS = "all models before it on the axis, not only those that led at their release"


@dataclass(frozen=True, eq=False)
class HorizonPrediction:
    """The forecast of one model's time horizon."""

    target: str
    label: Label
    lineage: str
    axis: str
    unit: str
    place: float
    """Of the target on the axis, in `unit`."""
    trained_on: tuple[str, ...]
    levels: tuple[LevelForecast | tuple[int, str], ...]
    """Of each share of success in percent: the forecast, or the share and why there is none."""
    past: tuple[Backtest, ...]
    """How such forecasts did on the models before the target."""
    asked: Asked
    """The tasks, and what the models were asked."""
    draws: int
    seed: int
    sha256: str | None = None
    path: str | None = None
    """Of the sealed file within the study."""
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the forecast as JSON; times are in minutes."""
        return {
            "kind": "time_horizon",
            "target": self.target,
            "label": self.label,
            "sha256": self.sha256,
            "path": self.path,
            "lineage": self.lineage,
            "axis": self.axis,
            "unit": self.unit,
            "models": MODELS,
            "trained_on": list(self.trained_on),
            "tasks": len(self.asked.tasks),
            "rows": [self._row(level) for level in self.levels],
            "backtest": [one.document() for one in self.past],
            "settings": {"draws": self.draws, "seed": self.seed},
            "warnings": list(self.warnings),
        }

    def _row(self, level: LevelForecast | tuple[int, str]) -> dict[str, Any]:
        if isinstance(level, LevelForecast):
            return level.document(self.unit)
        success, reason = level
        return {
            "success": success, "status": "failed", "reason": reason,
            "minutes": None, "lower": None, "upper": None, "quantiles": None,
        }  # fmt: skip
