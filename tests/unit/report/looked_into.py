"""A made-up document of what was found inside models."""

from __future__ import annotations

from typing import Any

PROBE = {"family": "sums", "size": 3, "most_common": 0.1, "n_texts": 150}
SEEN = {"family": "sums", "n": 120, "right": 90, "samples": 800}


def inside() -> dict[str, list[dict[str, Any]]]:
    """Return the probes of a larger and a smaller model, and what tuning made of them."""
    models = [{"model": f"d{width}_s0", "n_params": width**2} for width in (24, 8)]
    learnt = {"accuracy": 0.8, "control": 0.5, "difference": 0.3, "lower": 0.2, "upper": 0.4}
    nothing = {"accuracy": 0.1, "control": 0.1, "difference": 0.0, "lower": 0.0, "upper": 0.0}
    better = {"before": 0.3, "after": 0.6, "difference": 0.3, "lower": 0.2, "upper": 0.4}
    worse = {"before": 0.5, "after": 0.4, "difference": -0.1, "lower": -0.18, "upper": -0.02}
    return {
        "tuning": [{**model, **SEEN, **row} for model, row in zip(models, (better, worse), strict=True)],
        "probes": [
            {**model, "property": name, **PROBE, **(learnt if name == "first letter" else nothing)}
            for model in models
            for name in ("running state", "first letter")
        ],
    }
