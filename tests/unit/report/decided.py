"""A made-up document of `redline`, for pages. No number here is a result."""

from __future__ import annotations

from typing import Any


def _past(model: str, score: float, p: float, *, crossed: bool) -> dict[str, Any]:
    return {
        "line": "half", "target": model, "cutoff": "m0", "p_cross": p, "crossed": crossed, "persistence": 0.1,
        "n_tasks": 4, "reason": None, "lineage": "alpha", "block": f"alpha|{model}", "score": score,
        "lower": score - 0.1, "upper": score + 0.15, "counts": True,
    }  # fmt: skip


def red_lines(name: str = "half of all sums") -> dict[str, Any]:
    """Return two cards of lines that are called, argued for and decided by `name`: an alarm, and silence."""
    card = {
        "line": name, "argument": name, "decided_by": name, "threshold": 0.5, "margin": 0.1, "alert": 0.1,
        "lineage": "alpha", "model": name, "score": 0.31, "score_lower": 0.24, "score_upper": 0.4, "n": 80,
        "n_tasks": 4, "target": name, "target_guessed": False, "label": "forecast", "p_cross": 0.22,
        "p_cross_allowed": 0.41, "threshold_allowed": 0.36, "reason": None, "verdict": "alarm", "text": name,
        "forecast": {"0.05": 0.3, "0.5": 0.41, "0.95": 0.55}, "lead": None, "crossed_by": None,
        "ahead": [{"p_cross": 0.22}, {"p_cross": 0.5}, {"p_cross": 0.75}],
        "allowance": 1.1, "allowance_lower": 1.0, "allowance_upper": 1.4, "allowance_reason": None,
        "zero_success_upper": None, "zero_success_by_tasks": None,
        "missing": [{"family": name, "because": name}],
        "past": [_past(name, 0.2, 0.02, crossed=False), _past("m2", 0.31, 0.06, crossed=False)],
    }  # fmt: skip
    blind = card | {
        "p_cross": None, "p_cross_allowed": None, "reason": "no early warning possible", "forecast": None,
        "target": None, "target_guessed": None, "ahead": [], "verdict": "no_early_warning", "score": 0.0,
        "allowance": None, "allowance_lower": None, "allowance_upper": None, "allowance_reason": "no efforts",
        "zero_success_upper": 0.04, "zero_success_by_tasks": 0.53, "missing": [], "past": [],
    }  # fmt: skip
    missed = {"line": name, "target": name, "cutoff": "m0", "p_cross": 0.02, "score": 0.6}
    scored = {
        "n": 2, "crossed": 0, "skill": None, "skill_lower": None,
        "skill_upper": None, "brier": 0.1, "brier_persistence": 0.12, "misses": [missed],
        "false_alarms": [], "skill_reason": "nothing-crossed", "gain": 0.02, "gain_lower": -0.01,
        "gain_upper": 0.05,
    }  # fmt: skip
    return {"cards": [card, blind], "scored": scored, "sealed": []}
