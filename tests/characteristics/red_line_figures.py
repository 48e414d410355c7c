"""From lines of many worlds to figures: calibration, skill and lead, each with an interval over worlds."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import binom

from tasklaws.theory.red_lines import alarms, leads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)
RESAMPLES = 1000
FEW_RESAMPLES = 200
"""Of figures that need a fit each."""
ALERTS = (0.1, 0.5)
LEAST_CROSSED = 20
"""Crossings that a fitted line needs."""
LEAST_EXPECTED = 5
"""Crossings, and cards without one, that are expected of a bin whose clusters can be drawn again."""


@dataclass(frozen=True)
class Cards:
    """Cards of many lines."""

    p: Floats
    persistence: Floats
    crossed: Floats
    cluster: NDArray[np.int64]
    """The world (or the block of a real ladder) of each card."""

    def at(self, chosen: NDArray[Any]) -> Cards:
        """Return some of the cards."""
        return Cards(self.p[chosen], self.persistence[chosen], self.crossed[chosen], self.cluster[chosen])


def cards_of(lines: Sequence[dict[str, Any]]) -> Cards:
    """Return the cards of lines: only the last of a line can have crossed."""
    p = [np.array(line["p"]) for line in lines]
    crossed = [np.r_[np.zeros(len(own) - 1), line["crossed"]] for own, line in zip(p, lines, strict=True)]
    names = {name: i for i, name in enumerate(dict.fromkeys(map(_world, lines)))}
    return Cards(
        np.concatenate(p),
        np.concatenate([np.array(line["persistence"]) for line in lines]),
        np.concatenate(crossed),
        np.repeat([names[_world(line)] for line in lines], [len(own) for own in p]),
    )


def _world(line: dict[str, Any]) -> tuple[str, object]:
    return line["design"], line["world"]


def bins(cards: Cards) -> list[dict[str, Any]]:
    """Return what was said against what came, by what was said, with both bands of what might have come."""
    rows = []
    for low, high in pairwise(EDGES):
        own = cards.at((cards.p >= low) & (cards.p < high))
        if not own.p.size:
            continue
        n, said, came = own.p.size, float(own.p.mean()), float(own.crossed.mean())
        lower, upper = binom.ppf([0.025, 0.975], n, said) / n
        enough = n * min(said, 1 - said) >= LEAST_EXPECTED
        apart = resampled(own, lambda one: float(np.mean(one.crossed - one.p))) if enough else None
        rows.append({
            "low": low, "high": high, "n": n, "worlds": len(set(own.cluster)), "said": said, "came": came,
            "binomial": [float(lower), float(upper)], "in_binomial": bool(lower <= came <= upper),
            "apart": apart, "in_clustered": bool(apart[0] <= 0 <= apart[1]) if apart else None,
        })  # fmt: skip
    return rows


def calibration(cards: Cards) -> dict[str, Any]:
    """Return how many crossings were said and came, and the line that would mend what was said."""
    apart = np.bincount(cards.cluster, cards.crossed - cards.p)
    spread = float(np.sqrt(np.sum(apart**2)))
    return {
        "n": int(cards.p.size), "worlds": len(set(cards.cluster)),
        "said": float(cards.p.sum()), "came": int(cards.crossed.sum()),
        "z": float(apart.sum() / spread) if spread else 0.0,
        **_mend(cards),
    }  # fmt: skip


def _mend(cards: Cards) -> dict[str, Any]:
    """Return slope and intercept with their intervals; None where too few crossed to fit them."""
    if cards.crossed.sum() < LEAST_CROSSED:
        return {"slope": None, "intercept": None}
    draws = np.array([mended(one) for one in _resamples(cards, FEW_RESAMPLES)])
    ends = np.quantile(draws, [0.025, 0.975], axis=0)
    here = mended(cards)
    return {name: [here[i], *ends[:, i].tolist()] for i, name in enumerate(("slope", "intercept"))}


def mended(cards: Cards) -> tuple[float, float]:
    """Return slope and intercept of the log-odds of what came on those of what was said: 1 and 0 if right."""
    x, y = logit(cards.p), cards.crossed

    def loss(at: Floats) -> float:
        level = at[0] * x + at[1]
        return float(np.sum(np.logaddexp(0, level) - y * level))

    def gradient(at: Floats) -> Floats:
        off = expit(at[0] * x + at[1]) - y
        return np.array([off @ x, off.sum()])

    slope, intercept = minimize(loss, np.array([1.0, 0.0]), jac=gradient, method="BFGS").x
    return float(slope), float(intercept)


def scores(cards: Cards) -> dict[str, Any]:
    """Return Brier scores and skills: against "as before", which never expects a crossing, and with drift."""
    ways = {"as_before": np.zeros_like(cards.p), "persistence": cards.persistence}
    told: dict[str, Any] = {"brier": _brier(cards.p, cards)}
    for name, said in ways.items():
        other = Cards(cards.p, said, cards.crossed, cards.cluster)
        told[f"brier_{name}"] = _brier(said, cards)
        known = bool(told[f"brier_{name}"])
        told[f"skill_{name}"] = [_skill(other), *resampled(other, _skill)] if known else None
    return told


def _brier(said: Floats, cards: Cards) -> float:
    return float(np.mean((said - cards.crossed) ** 2))


def _skill(cards: Cards) -> float:
    other = _brier(cards.persistence, cards)
    return 1 - _brier(cards.p, cards) / other if other else float("nan")


def lead_rows(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return, for each alert, the leads of cards beside those of one who knows the law of the world.

    `expected` is what theory says that the mean lead of the latter is, over the same worlds.
    """
    known = [line for line in lines if line["truth"] is not None]
    return [_lead_row(known, alert) for alert in ALERTS]


def _lead_row(lines: Sequence[dict[str, Any]], alert: float) -> dict[str, Any]:
    crossed = [line for line in lines if line["crossed"]]
    at = np.array([len(line["p"]) - 1 for line in crossed])
    mine = np.array([leads(line["p"], alert)[-1] for line in crossed])
    oracle = np.array([leads(line["truth"], alert)[i] for line, i in zip(crossed, at, strict=True)])
    worlds = np.unique([f"{_world(line)}" for line in crossed], return_inverse=True)[1]
    false = [_false(line["p"], line["crossed"], alert) for line in lines]
    false_oracle = [_false(line["truth"][: len(line["p"])], line["crossed"], alert) for line in lines]
    told = [alarms(line["truth"], alert) for line in lines if any(line["truth"])]
    chance = np.array([one.crossed for one in told])
    apart = Cards(mine - oracle + 0.0, mine + 0.0, oracle + 0.0, worlds)
    return {
        "alert": alert, "lines": len(lines), "crossed": len(crossed),
        "expected_crossed": float(chance.sum()),
        "lead": float(mine.mean()), "oracle": float(oracle.mean()),
        "expected": float(chance @ [one.mean_lead for one in told] / chance.sum()),
        "oracle_se": float(oracle.std() / np.sqrt(len(set(worlds)))),
        "apart": [float(np.mean(mine - oracle)), *resampled(apart, lambda one: float(one.p.mean()))],
        "missed": float(np.mean(mine == 0)), "missed_oracle": float(np.mean(oracle == 0)),
        "false": float(np.mean(false)), "false_oracle": float(np.mean(false_oracle)),
    }  # fmt: skip


def _false(said: Sequence[float], crossed: bool, alert: float) -> int:
    """Return the alarms at rungs of a line that did not cross."""
    return sum(p >= alert for p in said[: len(said) - crossed])


def resampled(cards: Cards, figure: Callable[[Cards], float]) -> list[float]:
    """Return the 95 % interval of a figure over worlds drawn again."""
    found = [figure(one) for one in _resamples(cards, RESAMPLES)]
    return [float(end) for end in np.nanquantile(found, [0.025, 0.975])]


def _resamples(cards: Cards, times: int) -> list[Cards]:
    rng = np.random.default_rng(0)
    order = np.argsort(cards.cluster, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(cards.cluster[order])) + 1)
    drawn = rng.integers(len(groups), size=(times, len(groups)))
    return [cards.at(np.concatenate([groups[i] for i in row])) for row in drawn]
