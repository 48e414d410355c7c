"""The bytes of a sealed forecast: everything needed to score it later, and nothing that can drift.

A sealed file is canonical JSON (RFC 8785). Forecasts of rates are kept as equal-probability points
and joint draws, rounded to DIGITS, the law's and the baselines' alike; what the file states as
means and quantiles is computed from those very points, so that the file can be checked by itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.baseline import LAW
from tasklaws.core.errors import TasklawsError, VerificationFailed
from tasklaws.core.provenance import canonical_json
from tasklaws.infer.arrays import RateForecast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.selection import Problem
    from tasklaws.infer.arrays import Floats, Forecaster

SCHEMA_VERSION = 1
KIND = "tasklaws-forecast"


POINTS = 99
DRAWS = 400
DIGITS = 6

SCORING_RULE = {
    "headline": "crps: mean over tasks of the CRPS of the observed score, in points, lower is better",
    "log_score": "mean log probability of the observed count, nats, higher is better",
    "count": "given a rate p, proportional to C(n/phi, k/phi) (p/(1-p))^(k/phi) over the counts 0..n",
    "uniform": "a share of each forecast is spread evenly over 0..n in the log score",
    "skill": "1 - crps / crps of the baseline, on the same tasks",
    "surprises": "randomised PIT without the rung shock; Benjamini-Hochberg, q = 0.1 within the model",
}


def thinned(forecast: RateForecast) -> RateForecast:
    """Return the forecast as POINTS equal-probability points and DRAWS joint draws, rounded to DIGITS."""
    targets, tasks, _ = forecast.points.shape
    levels = (np.arange(POINTS) + 0.5) / POINTS
    points = np.full((targets, tasks, POINTS), np.nan)
    for s in range(targets):
        for t in range(tasks):
            if np.isfinite(forecast.points[s, t]).all():
                points[s, t] = _quantiles(forecast.points[s, t], forecast.weights[s, t], levels)
    joint = None if forecast.joint is None else np.round(forecast.joint[:, :DRAWS], DIGITS)
    return replace(
        forecast,
        points=np.round(points, DIGITS),
        weights=np.full(points.shape, 1.0 / POINTS),
        noise=np.round(forecast.noise, DIGITS),
        joint=joint,
    )


def _quantiles(points: Floats, weights: Floats, levels: Floats) -> Floats:
    order = np.argsort(points, kind="stable")
    reached = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.interp(levels, reached, points[order])


def forecast_all(
    problem: Problem, law: RateForecast, baselines: Mapping[str, Forecaster]
) -> dict[str, RateForecast | str]:
    """Return the thinned forecasts of the law and of every baseline; a refusal is its reason."""
    out: dict[str, RateForecast | str] = {LAW: law}
    for name, forecaster in baselines.items():
        try:
            out[name] = thinned(forecaster(problem.ladder, problem.target))
        except TasklawsError as error:
            out[name] = str(getattr(error, "reason", error.what))
    return out


def encode(forecast: RateForecast | str) -> dict[str, Any]:
    """Return a forecast of one target as JSON values; undefined points are null."""
    if isinstance(forecast, str):
        return {"status": forecast}
    points = [row.tolist() if np.isfinite(row).all() else None for row in forecast.points[0]]
    coded: dict[str, Any] = {"points": points, "noise": forecast.noise.tolist(), "uniform": forecast.uniform}
    if forecast.joint is not None:
        coded["joint"] = [[None if np.isnan(v) else float(v) for v in draw] for draw in forecast.joint[0]]
    return coded


def decode(coded: Mapping[str, Any]) -> RateForecast | str:
    """Return what `encode` was given."""
    if "points" not in coded:
        return str(coded["status"])
    rows = [
        np.full(POINTS, np.nan) if row is None else np.array(row, dtype=np.float64) for row in coded["points"]
    ]
    points = np.stack(rows)[None]
    joint = coded.get("joint")
    return RateForecast(
        points=points,
        weights=np.full(points.shape, 1.0 / points.shape[2]),
        noise=np.array(coded["noise"], dtype=np.float64),
        joint=None if joint is None else np.array(joint, dtype=np.float64)[None],
        uniform=float(coded["uniform"]),
    )


@dataclass(frozen=True)
class Sealed:
    """A sealed forecast read back."""

    document: Mapping[str, Any]

    @property
    def task_ids(self) -> tuple[str, ...]:
        """Return the tasks with a count forecast, in the order of the points."""
        return tuple(task["task_id"] for task in self.document["tasks"] if task["position"] is not None)

    @property
    def families(self) -> tuple[str, ...]:
        """Return the family of each of them."""
        return tuple(task["family"] for task in self.document["tasks"] if task["position"] is not None)

    def forecasters(self) -> dict[str, RateForecast | str]:
        """Return the law's and every baseline's forecast, or why there is none."""
        return {name: decode(coded) for name, coded in self.document["forecasters"].items()}


def sealed_bytes(document: Mapping[str, Any]) -> bytes:
    """Return the canonical bytes of a sealed forecast."""
    return canonical_json({"schema_version": SCHEMA_VERSION, "kind": KIND, **document})


def read_sealed(content: bytes, name: str) -> Sealed:
    """Return the forecast in `content`.

    Raises:
        VerificationFailed: the bytes are no sealed forecast.
    """
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise VerificationFailed(
            f"{name}: its bytes are no sealed forecast.",
            "A sealed forecast is never edited.",
            "Restore the file.",
        )
    return Sealed(document)
