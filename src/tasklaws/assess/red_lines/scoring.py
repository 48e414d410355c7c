"""How good past cards were: Brier and log score against the last rung alone, and what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.assess.blocks import Interval, block_sums, bootstrap

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from tasklaws.assess.red_lines.past import PastCard
    from tasklaws.infer.arrays import Floats

LEAST_CROSSINGS = 3
"""Sizes that crossed which the interval of a skill needs."""
TOO_FEW = f"fewer-than-{LEAST_CROSSINGS}-sizes-crossed"


@dataclass(frozen=True)
class Scored:
    """Scores of the past cards that count, over all lines and rungs; null where there is none."""

    n: int
    crossed: int
    blocks: int
    brier: float | None
    brier_persistence: float | None
    log_score: float | None
    """Mean log probability of what came, in nats; higher is better."""
    log_score_persistence: float | None
    skill: Interval
    """1 - Brier / Brier of persistence, with an interval over lineages x sizes."""
    gain: Interval
    """Brier of persistence less that of the forecasts, with its interval likewise."""
    misses: tuple[dict[str, Any], ...]
    """Rungs that crossed without an alarm."""
    false_alarms: tuple[dict[str, Any], ...]
    """Rungs that did not cross though an alarm stood."""

    def document(self) -> dict[str, Any]:
        """Return the scores as JSON."""
        return {
            "n": self.n,
            "crossed": self.crossed,
            "blocks": self.blocks,
            "brier": self.brier,
            "brier_persistence": self.brier_persistence,
            "log_score": self.log_score,
            "log_score_persistence": self.log_score_persistence,
            "skill": self.skill.value,
            "skill_lower": self.skill.lower,
            "skill_upper": self.skill.upper,
            "skill_reason": self.skill.reason,
            "gain": self.gain.value,
            "gain_lower": self.gain.lower,
            "gain_upper": self.gain.upper,
            "gain_reason": self.gain.reason,
            "misses": list(self.misses),
            "false_alarms": list(self.false_alarms),
        }


def score_cards(cards: Iterable[PastCard], alerts: Mapping[str, float]) -> Scored:
    """Return how good past cards were.

    Args:
        cards: of all lines; those beyond the first size that crossed are not counted.
        alerts: of each line, the probability from which a card is an alarm.
    """
    known = [
        card for card in cards if card.counts and card.p_cross is not None and card.persistence is not None
    ]
    misses, false = _mistaken(known, alerts)
    if not known:
        none = Interval(None, None, None, "no rung has three rungs of two sizes before it")
        return Scored(0, 0, 0, None, None, None, None, none, none, misses, false)
    came = np.array([card.crossed for card in known], dtype=float)
    law, before = (
        np.array([getattr(card, name) for card in known], dtype=float) for name in ("p_cross", "persistence")
    )
    brier, reference = (law - came) ** 2, (before - came) ** 2
    blocks = np.array([card.block or card.target for card in known])
    sums = block_sums(np.column_stack([brier, reference]), blocks)
    return Scored(
        len(known),
        int(came.sum()),
        len(sums),
        float(brier.mean()),
        float(reference.mean()),
        _log(law, came),
        _log(before, came),
        _skill(sums, len(set(blocks[came > 0]))),
        _gain(sums, blocks),
        misses,
        false,
    )


def _skill(sums: Floats, crossings: int) -> Interval:
    """Return the skill; without a crossing persistence is hardly ever wrong, and a share of that is noise.

    Its interval needs several sizes with one: draws of sizes that leave all of them out have no reference.
    """
    if not crossings:
        return Interval(None, None, None, "nothing-crossed")

    def skill(totals: Floats) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(1 - totals[..., 0] / totals[..., 1])

    found = bootstrap(sums, skill, np.random.default_rng(0))
    return found if crossings >= LEAST_CROSSINGS else Interval(found.value, None, None, TOO_FEW)


def _gain(sums: Floats, blocks: NDArray[np.str_]) -> Interval:
    counts = block_sums(np.ones((len(blocks), 1)), blocks)
    gains = np.column_stack([sums[:, 1] - sums[:, 0], counts])
    return bootstrap(gains, lambda total: total[..., 0] / total[..., 1], np.random.default_rng(0))


def _log(p: Floats, came: Floats) -> float:
    return float(np.log(np.where(came > 0, p, 1 - p)).mean())


def _mistaken(
    cards: Sequence[PastCard], alerts: Mapping[str, float]
) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """Return the misses and the false alarms, by name."""
    told = [(card, (card.p_cross or 0.0) >= alerts[card.line]) for card in cards]
    misses = tuple(_named(card) for card, alarm in told if card.crossed and not alarm)
    return misses, tuple(_named(card) for card, alarm in told if alarm and not card.crossed)


def _named(card: PastCard) -> dict[str, Any]:
    names = ("line", "target", "cutoff", "p_cross", "persistence", "score")
    return {name: getattr(card, name) for name in names}
