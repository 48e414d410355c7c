"""The harness: under what limits, with which tools and how often a task is tried."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Literal

from tasklaws.core.errors import BadPlan
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.spec.bounds import whole


@dataclass(frozen=True)
class Harness:
    """Limits and scaffold of an attempt; None where there is no limit.

    Limits carry Inspect AI's names, but for `call_limit`, which it gives to single tools.
    """

    message_limit: int | None = None
    """Messages in a conversation."""
    token_limit: int | None = None
    """Tokens in all."""
    turn_limit: int | None = None
    """Turns of the model."""
    time_limit: float | None = None
    """Seconds by the wall clock."""
    working_limit: float | None = None
    """Seconds without waiting times."""
    cost_limit: float | None = None
    """Dollars."""
    call_limit: float | None = None
    """Seconds that one call of a tool may run."""
    attempts: int = 1
    """Attempts at an instance."""
    aggregation: Literal["first", "any", "majority"] = "first"
    """What several attempts make: the first counts, a verifier finds a right one, or the majority."""
    tools: tuple[str, ...] | None = None
    """Tools that are offered; None where nothing is said."""
    scaffold: str = "none"
    elicitation: str = "default"
    """How the answer is drawn out."""
    version: str = "1"

    def __post_init__(self) -> None:
        """Refuse limits that are not positive and unknown words."""
        for name, limit in self.limits().items():
            if not (math.isfinite(limit) and limit > 0):
                raise BadPlan(
                    f"the {name} of a harness is {limit!r}.",
                    "A limit is a positive number, or None.",
                    "Correct it.",
                )
        whole(self.attempts, 1, "the number of attempts of a harness")
        if self.aggregation not in ("first", "any", "majority"):
            raise BadPlan(
                f"the aggregation of a harness is {self.aggregation!r}.",
                "It is one of first, any, majority.",
                "Correct it.",
            )

    def limits(self) -> dict[str, float]:
        """Return the limits that there are."""
        named = asdict(self)
        return {name: named[name] for name in named if name.endswith("_limit") and named[name] is not None}

    @property
    def harness_id(self) -> str:
        """Return a short name that changes with anything the harness sets."""
        return f"h{sha256_hex(canonical_json(asdict(self)))[:8]}"
