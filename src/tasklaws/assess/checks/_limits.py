"""How the attempts of each model ended: failures that a limit ended, and the score without them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from scipy.special import betainc

from tasklaws.assess.check import ALPHA
from tasklaws.assess.many_tests import holm
from tasklaws.core.proportions import clopper_pearson

if TYPE_CHECKING:
    from tasklaws.assess.evidence import Counts
    from tasklaws.infer.arrays import Floats

HALF = 0.5
"""Where limits end more than this share of a model's failures, they and not its mistakes set its score."""
LEVEL = 0.9
"""Of intervals; the lower end alone is a bound at 95 %."""


def stopped(counts: Counts) -> Floats:
    """Return the failures that a limit ended, of shape (tasks, models); at most as many as there are."""
    return np.clip(np.minimum(counts.n_limit - counts.k_limit, counts.n - counts.k), 0.0, None)


def by_model(counts: Counts) -> pl.DataFrame:
    """Return how the attempts of each model ended, weakest first.

    Columns:
        model, attempts, limited: attempts that a limit ended, whatever their score.
        failures, limited_failures: failures, and those of them that a limit ended.
        share, lower, upper: of the failures, how many a limit ended, with its exact 90 % interval.
        p: of the null that a limit ended at most half of them, adjusted for all models (Holm).
        able: it succeeds more often than chance does.
        ceiling: the score that it would have without mistakes of its own before the limit.
        score, score_dropped, score_all: means over tasks: limits counted as failures, left out, and the
            highest that is possible, had all gone on to succeed. What the limits hid lies between the first
            and the last.
        tasks, tasks_dropped: how many tasks these scores are of.
    """
    limited = stopped(counts)
    rows = [_row(counts, limited, place) for place in range(len(counts.models))]
    adjusted = holm([row["p"] for row in rows])
    return pl.DataFrame([row | {"p": p} for row, p in zip(rows, adjusted, strict=True)], schema=SCHEMA)


SCHEMA = {
    "model": pl.String,
    **dict.fromkeys(("attempts", "limited", "failures", "limited_failures"), pl.Float64),
    **dict.fromkeys(("share", "lower", "upper", "p"), pl.Float64),
    "able": pl.Boolean,
    **dict.fromkeys(("ceiling", "score", "score_dropped", "score_all"), pl.Float64),
    **dict.fromkeys(("tasks", "tasks_dropped"), pl.Int64),
}


def _row(counts: Counts, limited: Floats, place: int) -> dict[str, Any]:
    k, n, ended = counts.k[:, place], counts.n[:, place], limited[:, place]
    attempts, failures, stops = float(n.sum()), float((n - k).sum()), float(ended.sum())
    lower, upper = clopper_pearson(_whole(stops), -_whole(-failures), LEVEL)
    return {
        "model": counts.models[place],
        "attempts": attempts,
        "limited": float(counts.n_limit[:, place].sum()),
        "failures": failures,
        "limited_failures": stops,
        "share": stops / failures if failures > 0 else None,
        "lower": lower if failures > 0 else None,
        "upper": upper if failures > 0 else None,
        "p": more_than_half(stops, failures) if failures > 0 else None,
        "able": _able(float(k.sum()), n, counts.floor),
        "ceiling": 1 - stops / attempts if attempts > 0 else None,
        **_scores(k, n, ended, (counts.k_limit[:, place], counts.n_limit[:, place])),
    }


def more_than_half(limited: float, failures: float) -> float:
    """Return P(as many of the failures end at a limit), were each as likely as not to."""
    hits, all_of = _whole(limited), -_whole(-failures)
    return float(betainc(hits, all_of - hits + 1, HALF)) if hits > 0 else 1.0


def _whole(value: float) -> int:
    """Return the whole number at or below `value`: averaged scores give fractions."""
    return int(np.floor(value + 1e-9))


def _able(successes: float, n: Floats, floor: Floats) -> bool:
    """Return whether guessing would rarely succeed so often; where guessing never does, once is enough."""
    attempts = float(n.sum())
    if not successes > 0:
        return False
    chance = float(n @ floor) / attempts
    by_chance = betainc(successes, attempts - successes + 1, chance) if 0 < chance < 1 else chance
    return bool(by_chance <= ALPHA)


def _scores(k: Floats, n: Floats, ended: Floats, limited: tuple[Floats, Floats]) -> dict[str, Any]:
    """Return the score with limits counted as failures, left out, and as if all had succeeded."""
    left = np.clip(n - limited[1], 0.0, None)
    asked, remain = n > 0, left > 0
    dropped = np.minimum(np.clip(k - limited[0], 0.0, None), left)
    return {
        "score": _mean(k[asked] / n[asked]),
        "score_dropped": _mean(dropped[remain] / left[remain]),
        "score_all": _mean((k + ended)[asked] / n[asked]),
        "tasks": int(asked.sum()),
        "tasks_dropped": int(remain.sum()),
    }


def _mean(values: Floats) -> float | None:
    return float(values.mean()) if values.size else None
