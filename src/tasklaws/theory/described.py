"""A family as `tasklaws show` tells of it: traits, sizes, and what to expect along a ladder."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tasklaws.spec.harness import Harness
from tasklaws.spec.structure import least_work, shared_groups, span, traits, work
from tasklaws.theory.phenomena import phenomena

if TYPE_CHECKING:
    from tasklaws.spec.family import Family

CALL_LIMIT = 10.0
"""Seconds that a call may run in the harness that is shown unless another is asked for."""


def described(family: Family, call_limit: float = CALL_LIMIT) -> dict[str, Any]:
    """Return the JSON keys of `show` for a family.

    Args:
        family: the family.
        call_limit: seconds that one call of a tool may run, for the ceiling.
    """
    harness = Harness(call_limit=call_limit)
    plans = {size: family.plan(size) for size in family.sizes}
    largest = plans[family.sizes[-1]]
    return {
        "name": family.name,
        "traits": asdict(traits(largest)),
        "sizes": [
            {"size": size, "work": work(plan), "span": span(plan), "least_work": least_work(plan)}
            for size, plan in plans.items()
        ],
        "expects": list(dict.fromkeys((*phenomena(plans, harness), *family.expects))),
        "shared": list(shared_groups(largest)),
        "call_limit": call_limit,
        "content_hash": {str(size): family.content_hash(size) for size in family.sizes},
    }
