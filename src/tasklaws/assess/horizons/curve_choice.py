"""Which of four falling curves tells families that it has not seen, and where they cannot be told apart.

Source: formal model D5 and P10: without repeats curves of success against time say little about hazards.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import t as student

from tasklaws.assess.horizons.rows import OPEN
from tasklaws.infer.horizon.curves import fit_curves, held_out_log_score
from tasklaws.theory.horizons import CURVES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.horizons.estimates import Estimate
    from tasklaws.infer.arrays import Floats

NAMES = tuple(CURVES)
RESAMPLES = 2000
LEAST_FAMILIES = 3
ALL_AGENTS = None


@dataclass(frozen=True)
class CurveRow:
    """How well one curve tells one agent's families that were held out."""

    alias: str | None
    """None for all agents together, families as the units."""
    curve: str
    log_score: float | None
    """Mean over attempts, weighted as in the fits, in nats; higher is better."""
    behind: float | None
    """How much less than the best curve, with the 95 % interval of that difference over families."""
    lower: float | None
    upper: float | None
    weight: float | None
    """Share of resamples of families in which this curve is the best."""
    told_apart: bool | None
    """Whether it is worse than the best curve beyond chance; null for the best itself."""
    shape: float | None
    p50: float | None
    p80: float | None
    families: int
    reason: str | None = None

    def document(self) -> dict[str, Any]:
        """Return the row as JSON."""
        return asdict(self)


def curve_rows(default: Estimate, seed: int) -> Iterator[CurveRow]:
    """Yield the curves of all agents together, then agent by agent."""
    cells = default.cells
    scores = np.stack([held_out_log_score(cells, name) for name in NAMES])
    fits = [fit_curves(cells, name) for name in NAMES]
    rng = np.random.default_rng(seed)
    asked = np.isfinite(scores[0])
    pooled = np.where(asked, scores, 0.0).sum(axis=1)[:, asked.any(axis=0)] / max(len(cells.agents), 1)
    yield from _compared(ALL_AGENTS, pooled, [(None, None, None)] * len(NAMES), rng)
    for place, alias in enumerate(cells.agents):
        own = [
            (
                _finite(float(fit.shape[place])),
                _minutes(float(fit.doublings_at(0.5)[place])),
                _minutes(float(fit.doublings_at(0.8)[place])),
            )
            for fit in fits
        ]
        yield from _compared(alias, scores[:, place, asked[place]], own, rng)


def _compared(
    alias: str | None,
    scores: Floats,
    own: list[tuple[float | None, float | None, float | None]],
    rng: np.random.Generator,
) -> Iterator[CurveRow]:
    """Yield the rows of one agent from scores of shape (curves, families)."""
    families = scores.shape[1]
    if families < LEAST_FAMILIES:
        reason = f"{families} families that others tell something about; it takes {LEAST_FAMILIES}"
        for name, facts in zip(NAMES, own, strict=True):
            yield CurveRow(alias, name, None, None, None, None, None, None, *facts, families, reason)
        return
    total = scores.sum(axis=1)
    best = int(total.argmax())
    counts = rng.multinomial(families, np.full(families, 1 / families), RESAMPLES)
    first = (counts @ scores.T).argmax(axis=1)
    for i, (name, facts) in enumerate(zip(NAMES, own, strict=True)):
        behind, half = _difference(scores[best] - scores[i])
        weight, apart = float((first == i).mean()), None if i == best else behind - half > 0
        yield CurveRow(
            alias,
            name,
            float(total[i]),
            behind,
            behind - half,
            behind + half,
            weight,
            apart,
            *facts,
            families,
        )


def _difference(by_family: Floats) -> tuple[float, float]:
    """Return the sum over families and half the width of its 95 % interval."""
    many = by_family.size
    error = float(np.sqrt(many * by_family.var(ddof=1)))
    return float(by_family.sum()), float(student.ppf(0.975, many - 1)) * error


def alike(rows: list[CurveRow]) -> str:
    """Return in words which curves the best one is not told from, over all agents."""
    every = [row for row in rows if row.alias is ALL_AGENTS]
    if not every or every[0].reason:
        return f"curves are not compared: {every[0].reason if every else 'no agents'}"
    best = next(row.curve for row in every if row.told_apart is None)
    same = [row.curve for row in every if row.told_apart is False]
    if not same:
        return f"{best} tells held-out families best, beyond chance"
    return f"{best} tells held-out families best; by chance it might as well be {', '.join(same)}"


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _minutes(doublings: float) -> float | None:
    return _finite(float(np.exp2(doublings))) if np.isfinite(doublings) and abs(doublings) < OPEN else None
