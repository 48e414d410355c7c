"""A made-up document of the verb `budget`: a curve per model and family, and harness cards."""

from __future__ import annotations

from typing import Any


def point(model: str, family: str, budget: float, success: float | None, **more: Any) -> dict[str, Any]:
    ends = {} if success is None else {"lower": max(0.0, success - 0.1), "upper": min(1.0, success + 0.1)}
    return {
        "model": model, "family": family, "unit": "tokens", "budget": budget, "success": success,
        "lower": None, "upper": None, "at_risk": 40, "reason": None, **ends, **more,
    }  # fmt: skip


def budget(name: str = "model-a", **more: Any) -> dict[str, Any]:
    rows = [
        point(name, "maze", 100.0, 0.1),
        point(name, "maze", 1_000.0, 0.3),
        point(name, "maze", 20_000.0, 0.4),
        point("model-b", "maze", 300.0, 0.5),
        point("model-b", "maze", 20_000.0, 0.8),
        point("model-b", "puzzle", 5_000.0, 0.6),
        point(name, "puzzle", 5_000.0, None, reason="no attempt states its tokens"),
    ]
    told = [f"{name}: agents told of a budget behave differently"]
    return {"rows": rows, "warnings": told, "harnesses": [harness(name)], **more}


def share(n: int, of: int) -> dict[str, Any]:
    return {"count": n, "of": of, "share": n / of, "lower": max(0.0, n / of - 0.1), "upper": n / of + 0.1}


def harness(name: str = "short", **more: Any) -> dict[str, Any]:
    models = [
        {"model": "model-a", "attempts": 40, "ended": {"limit_tokens": share(10, 40), "error": share(2, 40)},
         "unsupported": share(1, 20), "tokens": {"0.1": 10.0, "0.5": 900.0, "0.9": 2000.0}, "seconds": None},
        {"model": "model-b", "attempts": 40, "ended": {"limit_tokens": share(1, 40), "limit": share(1, 40)},
         "unsupported": None, "tokens": None, "seconds": {"0.1": 1.0, "0.5": 2.5, "0.9": 4.0}},
    ]  # fmt: skip
    return {
        "harness_id": name, "attempts": 80, "limits": {"token_limit": 2000.0}, "tools": ["python"],
        "scaffold": None, "sandbox": None, "elicitations": ["greedy"], "versions": {"inspect_ai": "0.3"},
        "models": models, **more,
    }  # fmt: skip
