"""Random plans with stated shares of required steps, of steps in order and of shortcuts."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from tasklaws.core.errors import BadPlan
from tasklaws.spec.bounds import share, whole
from tasklaws.spec.plan import AnyOrder, InOrder, Maybe, OneOf, Plan, Way
from tasklaws.spec.step import Step

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTER = 4
"""A shortcut has this part of the tokens of the long way, rounded up."""

PLAIN = Step("step", tokens=8)
"""What a step is like where nothing else is said."""


class Draws(Protocol):
    """Anything that draws uniform numbers in [0, 1): `random.Random`, or a generator of numpy."""

    def random(self) -> float:
        """Return the next number."""


@dataclass(frozen=True)
class Mark:
    """What a step of a mixed plan is."""

    required: bool
    ordered: bool
    """Whether it must come behind the ordered step before it; other steps may come at any time."""


def random_marks(size: int, rng: Draws, required: float, ordered: float) -> tuple[Mark, ...]:
    """Return what each of `size` steps is; the two properties are drawn independently of each other.

    Raises:
        BadPlan: a share lies outside [0, 1], or the size is not a whole number of 1 or more.
    """
    whole(size, 1, "the number of steps of a mixed plan")
    share(required, "the share of required steps")
    share(ordered, "the share of steps in order")
    return tuple(Mark(rng.random() < required, rng.random() < ordered) for _ in range(size))


def mixed_plan(marks: Sequence[Mark], parts: Sequence[Plan]) -> Plan:
    """Return the plan in which `parts` are as `marks` say.

    The ordered parts make one line; all others stand beside it, and may be done at any time. An optional
    part is skipped by who knows ``skip <its number>``, counted from 1.
    """
    ready = [_skippable(i, mark, part) for i, (mark, part) in enumerate(zip(marks, parts, strict=True), 1)]
    line = tuple(part for mark, part in zip(marks, ready, strict=True) if mark.ordered)
    beside = tuple(part for mark, part in zip(marks, ready, strict=True) if not mark.ordered)
    return AnyOrder((InOrder(line), *beside) if line else beside)


def _skippable(number: int, mark: Mark, part: Plan) -> Plan:
    return part if mark.required else Maybe(part, f"skip {number}")


def random_plan(
    size: int,
    rng: Draws,
    *,
    required: float = 0.6,
    ordered: float = 0.5,
    shortcuts: float = 0.2,
    kinds: Sequence[Step] = (PLAIN,),
) -> Plan:
    """Return a plan of `size` steps, each drawn independently of the others.

    The shares are probabilities, so a plan has `size` x `required` required steps in expectation, and so on;
    the three properties of a step are independent of each other. `work` is `size` and `least_work` the number
    of required steps, always. What agents may know is named by the number of the step, counted from 1:
    ``skip 3`` leaves out step 3 where it is optional, ``short 3`` takes its shortcut.

    Args:
        size: Number of steps.
        rng: Where the randomness comes from.
        required: Probability that a step is required; others may be skipped.
        ordered: Probability that a step stands in the line of steps that must come in order.
        shortcuts: Probability that a step has a shortcut, with a quarter of its tokens.
        kinds: What steps are like; each step is one of these with equal probability, and gets a number.

    Raises:
        BadPlan: a share lies outside [0, 1], the size is below 1, or there are no kinds.
    """
    share(shortcuts, "the share of steps with a shortcut")
    if not kinds:
        raise BadPlan("there are no kinds of steps to draw.", "It takes one or more.", "Name one.")
    marks = random_marks(size, rng, required, ordered)
    parts = [_random_part(i, rng, shortcuts, kinds) for i in range(1, size + 1)]
    return mixed_plan(marks, parts)


def _random_part(number: int, rng: Draws, shortcuts: float, kinds: Sequence[Step]) -> Plan:
    kind = kinds[int(rng.random() * len(kinds))]
    step = replace(kind, name=f"{kind.name} {number}")
    return with_shortcut(step, f"short {number}") if rng.random() < shortcuts else step


def with_shortcut(step: Step, knows: str) -> OneOf:
    """Return `step`, or for who knows `knows` the same with a quarter of its tokens.

    The shortcut costs what its tokens cost, and shares no artefact with other steps.
    """
    tokens = math.ceil(step.tokens / SHORTER)
    short = replace(step, name=f"{step.name}, short", tokens=tokens, spends=None, group=None)
    return OneOf((Way(knows, short), Way(None, step)))
