"""Calls with mistakes: some tokens of a call that works are replaced, and the tool is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasklaws.core.proportions import clopper_pearson
from tasklaws.tools._tokens import token_class

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from random import Random

    from tasklaws.spec.sandbox import Outcome
    from tasklaws.spec.tool import Tool


@dataclass(frozen=True)
class Reference:
    """A call that works, and what tells whether an outcome is as good as that of the call."""

    call: str
    tool: Tool
    right: Callable[[Outcome], bool]

    @property
    def tokens(self) -> tuple[str, ...]:
        """Return the tokens of the call."""
        return self.tool.tokens(self.call)


@dataclass(frozen=True)
class Mistakes:
    """Calls with mistakes, and for how many of them these were fatal."""

    fatal: int
    n: int
    unsupported: int = 0
    """Calls that say nothing, as the sandbox lacks what they use; not among the n."""

    def document(self) -> dict[str, float | int]:
        """Return the share of fatal ones with its exact 95 % interval."""
        lower, upper = clopper_pearson(self.fatal, self.n)
        return {"sigma": self.fatal / self.n, "lower": lower, "upper": upper, "n": self.n}


def references(tool: Tool) -> list[Reference]:
    """Return the tool's own reference calls; right is the result that the call gives now."""
    return [Reference(call, tool, _same_as(tool.use(call))) for call in tool.references]


def _same_as(expected: Outcome) -> Callable[[Outcome], bool]:
    return lambda outcome: expected.ok and outcome.ok and outcome.stdout == expected.stdout


def mutated(tokens: Sequence[str], mistakes: int, pool: Iterable[str], rng: Random) -> str:
    """Return a call with that many of its tokens, at different places, replaced by others.

    The other token is drawn from `pool`, each of its different tokens of the same class being as likely
    as any other, or from all of `pool` where it has no other token of that class.
    """
    known = sorted(set(pool))
    wrong = list(tokens)
    for place in rng.sample(range(len(wrong)), mistakes):
        others = [token for token in known if token != wrong[place]]
        alike = [token for token in others if token_class(token) == token_class(wrong[place])]
        wrong[place] = rng.choice(alike or others)
    return "".join(wrong)


def mutate(
    known: Sequence[Reference], mistakes: int, n: int, rng: Random, advance: Callable[[int], None]
) -> Mistakes:
    """Return what became of `n` calls with that many mistakes; their tokens replace one another."""
    pool = {token for reference in known for token in reference.tokens}
    fatal = unsupported = 0
    for _ in range(n):
        reference = rng.choice(known)
        got = reference.tool.use(mutated(reference.tokens, mistakes, pool, rng))
        unsupported += got.kind == "unsupported"
        fatal += got.kind != "unsupported" and not reference.right(got)
        advance(1)
    return Mistakes(fatal, n - unsupported, unsupported)
