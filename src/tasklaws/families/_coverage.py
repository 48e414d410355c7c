"""How many steps of a plan are required or optional, and in order or in any order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.spec.plan import Graph, InOrder, KofN, Maybe, OneOf, Plan, Repeat, children
from tasklaws.spec.step import Step
from tasklaws.spec.structure import work

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Coverage:
    """How many steps of a plan there are of each kind; a loop counts each of its turns."""

    required_in_order: int = 0
    required_any_order: int = 0
    optional_in_order: int = 0
    optional_any_order: int = 0
    with_shortcut: int = 0
    """Steps, counted above as well, that have a shorter way."""

    @property
    def steps(self) -> int:
        """Return the number of steps."""
        required = self.required_in_order + self.required_any_order
        return required + self.optional_in_order + self.optional_any_order

    @property
    def complete(self) -> bool:
        """Return whether all four combinations occur."""
        kinds = (
            self.required_in_order,
            self.required_any_order,
            self.optional_in_order,
            self.optional_any_order,
        )
        return all(kinds)


def coverage(plan: Plan) -> Coverage:
    """Return how many steps of `plan` are required or optional, and in order or in any order.

    A step is optional inside a `Maybe`, and behind the first `k` parts of a `KofN`. The innermost node around
    it that holds parts says whether it is in order: `InOrder`, `KofN` and a `Repeat` in order say yes, and a
    `Graph` where an edge touches the part. Of a `OneOf` the longest way counts, as it does for `work`; a step
    has a shortcut where there is another way.
    """
    return Coverage(**_census(plan, optional=False, ordered=False, shortcut=False))


def _census(plan: Plan, *, optional: bool, ordered: bool, shortcut: bool) -> Counter[str]:
    """Return kinds of steps -> how many there are; the switches say what stands around `plan`."""
    if isinstance(plan, Step):
        need, place = "optional" if optional else "required", "in_order" if ordered else "any_order"
        return Counter({f"{need}_{place}": 1, "with_shortcut": int(shortcut)})
    if isinstance(plan, OneOf):
        longest = max((way.plan for way in plan.ways), key=work)
        return _census(longest, optional=optional, ordered=ordered, shortcut=len(plan.ways) > 1 or shortcut)
    counted = [
        _census(part, optional=optional or skips, ordered=places, shortcut=shortcut)
        for part, skips, places in _placed(plan, ordered=ordered)
    ]
    times = plan.times if isinstance(plan, Repeat) else 1
    return _total(counted, times)


def _placed(plan: Plan, *, ordered: bool) -> Iterator[tuple[Plan, bool, bool]]:
    """Yield each part of a node, whether it may be left out, and whether it must come in order."""
    match plan:
        case Maybe():
            yield plan.part, True, ordered
        case Repeat():
            yield plan.part, False, plan.order == "in_order"
        case KofN():
            yield from ((part, i >= plan.k, True) for i, part in enumerate(plan.parts))
        case Graph():
            tied = {name for edge in plan.edges for name in edge}
            yield from ((part, False, name in tied) for name, part in plan.parts)
        case _:
            yield from ((part, False, isinstance(plan, InOrder)) for part in children(plan))


def _total(counted: Iterable[Counter[str]], times: int) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counted:
        total.update({kind: count * times for kind, count in one.items()})
    return total
