"""The next model's time horizon: forecast, sealed, opened and scored."""

from tasklaws.assess.horizon_forecast.made import HorizonPrediction
from tasklaws.assess.horizon_forecast.prediction import backtest_horizon, predict_horizon

__all__ = ["HorizonPrediction", "backtest_horizon", "predict_horizon"]
