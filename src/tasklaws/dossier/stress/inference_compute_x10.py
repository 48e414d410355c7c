"""Ten times the inference compute: what answers drawn out with ten times the effort would add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.assess.effort import NEEDED
from tasklaws.dossier.absent import NOT_GRANTED
from tasklaws.dossier.stress._efforts import between, common, curve, curves, limiting, reference
from tasklaws.dossier.stress._families import LEVEL, POINTS, Changes, paired
from tasklaws.dossier.stress._law import beyond
from tasklaws.dossier.stress._scenario import Effect, Missing, Scenario
from tasklaws.elicitations import ELICITATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.dossier.stress._law import Gain
    from tasklaws.dossier.stress._rated import Rated

TIMES = 10
NONE = (
    "no elicitation of the model reaches ten times the effort of {} or has the {} efforts that a law needs; "
    "needed: attempts with growing effort, such as best_of_n@1, @2, @4 and @8"
)


@dataclass(frozen=True)
class Tried:
    """What one elicitation tells of ten times the effort."""

    name: str
    target: float
    highest: float
    seen: Changes
    """At ten times the effort, or at the highest effort tried where that is less."""
    gain: Gain | None
    """By the law from there on; None where nothing had to be extrapolated."""

    @property
    def effect(self) -> float:
        """Return the change of the mean score."""
        return self.seen.mean + (self.gain.mean if self.gain else 0.0)

    def interval(self, level: float) -> tuple[float, float]:
        """Return the ends of the change; errors of what was seen and of the law add up as squares."""
        lower, upper = self.seen.interval(level)
        if self.gain is None:
            return lower, upper
        low, high = self.gain.interval(level)
        below = float(np.hypot(self.seen.mean - lower, self.gain.mean - low))
        above = float(np.hypot(upper - self.seen.mean, high - self.gain.mean))
        return max(self.effect - below, -1.0), min(self.effect + above, 1.0)


def run(rated: Rated) -> Effect | Missing:
    """Return what ten times the effort adds by the elicitation that adds most."""
    tried = sorted(_tried(rated), key=lambda one: (round(-one.effect, 9), one.name))
    if not tried:
        return Missing(NOT_GRANTED, NONE.format(rated.elicitation, NEEDED))
    lower, upper = tried[0].interval(1 - (1 - LEVEL) / len(tried))
    effect = min(max(tried[0].effect, lower), upper)
    doubts = (*_unfair(rated, tried), *_misfit(tried[0]))
    return Effect(
        POINTS * effect,
        POINTS * lower,
        POINTS * upper,
        _method(rated, tried[0], len(tried)),
        reason="; ".join(doubts) or None,
    )


def _tried(rated: Rated) -> Iterator[Tried]:
    """Yield what each elicitation tells whose efforts reach far enough, or are enough for the law."""
    for name, efforts in rated.efforts.items():
        start = reference(rated, name)
        if start is None:
            continue
        target = TIMES * start if limiting(rated, name, efforts[-1]) else min(TIMES * start, efforts[-1])
        found = (_within if target <= efforts[-1] else _beyond)(rated, name, start, target)
        if found is not None and found.seen.n:
            yield found


def _within(rated: Rated, name: str, start: float, target: float) -> Tried:
    """Return the change at an effort among those that were tried: between two by their logarithm."""
    before = rated.asked(rated.elicitation)
    tried = {start: before} | curve(rated, name)
    return Tried(name, target, max(tried), paired(before, between(target, tried), rated.families), None)


def _beyond(rated: Rated, name: str, _: float, target: float) -> Tried | None:
    """Return the change at a higher effort: that at the highest one tried, and what the law adds."""
    before = rated.asked(rated.elicitation)
    tried = common(before, curve(rated, name))
    highest = max(tried)
    seen = paired(before, tried[highest], rated.families)
    if len(tried) < NEEDED or not seen.n:
        return None
    return Tried(name, target, highest, seen, beyond(target, curves(tried)))


def _method(rated: Rated, best: Tried, many: int) -> str:
    """Return in words how the effect was found."""
    unit = ELICITATIONS[best.name].unit
    reach = (
        f"seen at up to {best.highest:g} {unit} and extrapolated by the law of effort to {best.target:g}"
        if best.gain
        else f"observed at up to {best.highest:g} {unit}, taken at {best.target:g}"
    )
    chosen = f"; the largest of {many} elicitations, the interval widened for the choice" if many > 1 else ""
    return (
        f"{best.name} against {rated.elicitation}, {reach}; mean of {len(best.seen.families)} of "
        f"{rated.families} families, over the same {best.seen.n} questions{chosen}."
    )


def _unfair(rated: Rated, tried: Sequence[Tried]) -> Iterator[str]:
    """Yield what it means that a verifier knew the answers, and what the best way without one adds."""
    if ELICITATIONS[tried[0].name].fair:
        return
    fair = next((one for one in tried if ELICITATIONS[one.name].fair), None)
    other = f"; without one, {fair.name} adds {POINTS * fair.effect:.1f} points" if fair else ""
    yield f"a verifier that knows the answers chooses, which is an upper end{other}"
    guessed = rated.guessable & set(tried[0].seen.families)
    if guessed:
        yield f"in {len(guessed)} of the families it also turns guesses into right answers"


def _misfit(best: Tried) -> Iterator[str]:
    if best.gain is not None and best.gain.doubtful:
        many = len(best.gain.families)
        yield f"in {best.gain.doubtful} of {many} families the efforts do not follow the law of effort"


SCENARIO = Scenario(
    "inference_compute_x10",
    "Ten times the inference compute",
    "what ten times the effort of the reference elicitation would add",
    source="formal model, D15 (the law of effort); arXiv 2407.21787 (repeated sampling)",
    status="emerging",
    run=run,
    assumes="Beyond the efforts tried the score follows y_inf - c E^-g; untried families are as those tried.",
    cannot_tell="What other ways of spending compute would bring, such as longer reasoning or search.",
)
