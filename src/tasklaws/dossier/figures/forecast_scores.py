"""The block `forecast_scores`: how good the sealed forecasts were, against the best baseline with hindsight.

Forecasts count alike. What is uncertain about them is told by blocks, which are the sizes of the targets:
tasks of one target, and seeds of one size, share what moved them. With fewer than five there is no interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.proportions import jeffreys
from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.figures._block import MEASURED, Block
from tasklaws.dossier.figures._outcomes import COUNTED, outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from tasklaws.assess.blocks import Interval
    from tasklaws.assess.opening import Opened
    from tasklaws.dossier.figures._seen import Seen
    from tasklaws.infer.arrays import Floats

    Opens = Sequence[Opened]

MEANS = ("crps", "mae", "log_score")
HINDSIGHT = "the baseline that is best over all forecasts, with hindsight"
NO_FORECAST = "no sealed forecast has an outcome"
NO_BASELINE = "no baseline made a forecast"


def forecast_scores(seen: Seen) -> dict[str, Any]:
    """Return the scores of forecasts whose targets have results; retrodictions do not count."""
    opened = [one.opened for one in outcomes(seen) if one.opened is not None]
    counted = [one for one in opened if one.label in COUNTED]
    return {
        "n_forecasts": len(counted),
        "n_targets": len({one.target for one in counted}),
        **_means(counted),
        "coverage": _coverage(seen, counted),
        "skill": _skill(seen, counted),
        "surprises": _surprises(counted),
        "forecasts": [_row(one) for one in opened],
    }


def _means(counted: Opens) -> dict[str, float | None]:
    from tasklaws.assess.baseline import LAW

    own = [one.scores[LAW] for one in counted]
    return {name: sum(one[name] for one in own) / len(own) if own else None for name in MEANS}


def _coverage(seen: Seen, counted: Opens) -> dict[str, Any]:
    """Return the share of tasks inside the central intervals, all forecasts together."""
    import numpy as np

    from tasklaws.assess.blocks import block_sums, bootstrap
    from tasklaws.assess.scores import covered
    from tasklaws.assess.skill import COVERAGES

    pits = [one.table["pit"].drop_nulls().to_numpy() for one in counted]
    pit = np.concatenate([*pits, np.empty(0)])
    blocks = np.repeat(_blocks(seen, counted), [len(one) for one in pits])
    found = {}
    for level in COVERAGES:
        values = np.column_stack([covered(pit, level / 100), np.ones(len(pit))])
        sums = block_sums(values, blocks) if len(pit) else np.empty((0, 2))
        share = bootstrap(sums, lambda total: total[..., 0] / total[..., 1], _generator(counted, f"{level}"))
        found[str(level)] = {**_interval(share, len(sums)), "n": len(pit)}
    return found


def _skill(seen: Seen, counted: Opens) -> dict[str, Any]:
    """Return 1 - CRPS / CRPS of the one baseline that did best over all forecasts."""
    from tasklaws.assess.baseline import LAW
    from tasklaws.assess.blocks import block_sums, bootstrap

    best = _best(counted)
    if best is None:
        reason = NO_BASELINE if counted else NO_FORECAST
        return {"value": None, "lower": None, "upper": None, "against": HINDSIGHT, "reason": reason}
    both = [one for one in counted if best in one.scores]
    sums = block_sums(_columns(both, (LAW, best)), _blocks(seen, both))
    skill = bootstrap(sums, lambda total: 1 - total[..., 0] / total[..., 1], _generator(counted, "skill"))
    return {**_interval(skill, len(sums)), "against": f"{best}: {HINDSIGHT}"}


def _best(counted: Opens) -> str | None:
    """Return the baseline with the smallest mean CRPS, of those that made most of the forecasts."""
    import polars as pl

    from tasklaws.assess.skill import best_baseline

    rows = [
        {"forecaster": name, "crps": one["crps"]} for each in counted for name, one in each.scores.items()
    ]
    return best_baseline(pl.DataFrame(rows, schema={"forecaster": pl.String, "crps": pl.Float64}))


def _columns(opened: Opens, names: Sequence[str]) -> Floats:
    """Return the CRPS of some forecasters, of shape (forecasts, forecasters)."""
    import numpy as np

    return np.array([[one.scores[name]["crps"] for name in names] for one in opened], dtype=np.float64)


def _blocks(seen: Seen, opened: Opens) -> np.ndarray[Any, Any]:
    """Return the size that each forecast's target is of, or its name where it stands on no ladder."""
    import numpy as np

    ladder = seen.ladder()
    sizes = [ladder.size_of(one.target) if one.target in ladder else one.target for one in opened]
    return np.array(sizes, dtype=np.str_)


def _generator(counted: Opens, name: str) -> np.random.Generator:
    """Return the source of randomness of one interval: the same wherever these forecasts are scored."""
    import numpy as np

    hashes = " ".join(sorted(one.sha256 for one in counted))
    return np.random.default_rng(int(sha256_hex(f"{name} {hashes}".encode())[:8], 16))


def _interval(found: Interval, n_blocks: int) -> dict[str, Any]:
    """Return an estimate without its interval where there are too few blocks for one."""
    from tasklaws.assess.blocks import LEAST_BLOCKS

    if found.value is None:
        return {
            "value": None,
            "lower": None,
            "upper": None,
            "reason": found.reason if n_blocks else NO_FORECAST,
        }
    if n_blocks < LEAST_BLOCKS:
        few = f"sizes of targets: {n_blocks}; an interval needs {LEAST_BLOCKS}"
        return {"value": found.value, "lower": None, "upper": None, "reason": few}
    return {"value": found.value, "lower": found.lower, "upper": found.upper, "reason": found.reason}


def _surprises(counted: Opens) -> dict[str, Any]:
    n_tasks, n = (sum(one) for one in zip(*map(_surprised, counted), strict=True)) if counted else (0, 0)
    if not n_tasks:
        return {"n_tasks": 0, "n": 0, "share": None, "lower": None, "upper": None}
    lower, upper = jeffreys(n, n_tasks)
    return {"n_tasks": n_tasks, "n": n, "share": n / n_tasks, "lower": lower, "upper": upper}


def _surprised(one: Opened) -> tuple[int, int]:
    """Return how many tasks were judged, and how many of them surprised."""
    judged = one.surprises.rows["surprise"].drop_nulls()
    return len(judged), int(judged.sum())


def _row(one: Opened) -> dict[str, Any]:
    from tasklaws.assess.baseline import LAW

    best, skill = one.best_baseline()
    return {
        "target": one.target,
        "sha256": one.sha256,
        "label": one.label,
        **{name: one.scores[LAW][name] for name in MEANS},
        "coverage": {str(level): share for level, share in one.coverage.items()},
        "best_baseline": best,
        "skill": skill,
        "n_tasks": one.table.height,
        "n_surprises": _surprised(one)[1],
    }


BLOCK = Block(forecast_scores, (*MEASURED, "forecasts/*"))
