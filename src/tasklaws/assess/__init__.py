"""Judging: proper scores, baselines, folds, backtests, skill and surprises."""
