"""Which checkpoints of a training run are rungs: a few late ones, evenly spaced in tokens.

Early checkpoints follow another law than finished models, and neighbouring ones say the same twice.

Source: forecasting recipe section 2 (five late checkpoints per run sharpened forecasts; all of
them were not tried there).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasklaws.spec.ladder import Rung

KEPT = 5
"""Checkpoints of one run at most."""

SPAN = 8.0
"""The first of them has at least 1 / SPAN of the tokens of the last."""


def late_checkpoints(rungs: Iterable[Rung]) -> set[str]:
    """Return the models to learn from: every rung that is no checkpoint, and KEPT late ones of each run."""
    runs: dict[tuple[object, ...], list[Rung]] = defaultdict(list)
    kept = set()
    for rung in rungs:
        if rung.step is None:
            kept.add(rung.model)
        else:
            runs[rung.lineage, rung.n_params, rung.seed, rung.replicate].append(rung)
    for run in runs.values():
        kept |= {rung.model for rung in _spaced(run)}
    return kept


def _spaced(run: list[Rung]) -> list[Rung]:
    """Return at most KEPT checkpoints of a run, evenly spaced in the logarithm of their progress."""
    progress = np.array([float(rung.n_tokens or rung.step or 0) for rung in run])
    late = [
        (at, rung) for at, rung in zip(progress, run, strict=True) if at > 0 and at * SPAN >= progress.max()
    ]
    if len(late) <= KEPT:
        return [rung for _, rung in late]
    places = np.log([at for at, _ in late])
    wanted = np.linspace(places.min(), places.max(), KEPT)
    return [late[int(np.argmin(np.abs(places - place)))][1] for place in wanted]
