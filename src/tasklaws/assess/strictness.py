"""Strictness: how often a single wrong token in what a tool is given is fatal.

A mutation replaces tokens of a call that works, at different places, by other tokens of their class. It
is fatal where what comes out is no longer right. If every wrong token is fatal with probability sigma, on
its own, a call with k wrong tokens survives with probability (1 - sigma)^k; `geometric_p` tests that. More
survive where the tokens that do not matter stand together in some of the calls; fewer where a tool forgives
one mistake and not two.

Source: formal model, section 3.3 and P2.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from rapidfuzz.distance import Levenshtein

from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.core.progress import SILENT
from tasklaws.core.proportions import geometric_p
from tasklaws.families import FAMILIES
from tasklaws.spec.sandbox import Outcome
from tasklaws.tools import TOOLS
from tasklaws.tools._mutations import Mistakes, Reference, mutate, references

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tasklaws.core.progress import Progress
    from tasklaws.spec.family import Family, Instance
    from tasklaws.spec.transcript import Attempt

    Run = tuple[Instance, Attempt]
    """An attempt of a model at an instance."""

SIZES, INSTANCES = 3, 3
"""Of a family: sizes, from the smallest with calls long enough up, and instances of each."""

NO_RUNS = "no attempts of models were given"
NONE_NEAR = "no call of a model was one token away from a reference solution"


@dataclass(frozen=True)
class MeasuredStrictness:
    """The strictness of a tool, or of the tools of a family."""

    name: str
    kind: Literal["tool", "family"]
    references: int
    """Calls that were mutated."""
    left_out: int
    """Reference calls that were not: too short, or without their result on this machine."""
    by_mutations: dict[int, Mistakes]
    geometric_p: float | None
    """Of the test that mistakes are fatal on their own; None where only one was made at a time."""
    near_misses: Mistakes | None
    near_misses_reason: str | None
    seed: int

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `strictness`; `geometric` is the share that sigma and k imply."""
        one = self.by_mutations[1].document()
        rows = [
            {"mutations": k, **told.document()}
            | {"geometric": 1 - (1 - one["sigma"]) ** k, "unsupported": told.unsupported}
            for k, told in self.by_mutations.items()
        ]
        return {
            "name": self.name,
            "kind": self.kind,
            **one,
            "geometric_p": self.geometric_p,
            "by_mutations": rows,
            "unsupported": sum(told.unsupported for told in self.by_mutations.values()),
            "near_misses": self.near_misses.document() if self.near_misses else None,
            "near_misses_reason": self.near_misses_reason,
            "references": self.references,
            "left_out": self.left_out,
            "seed": self.seed,
        }


def strictness(
    name: str,
    mutations: Sequence[int] = (1, 2, 4),
    n: int = 400,
    seed: int = 0,
    *,
    runs: Sequence[Run] = (),
    progress: Progress = SILENT,
) -> MeasuredStrictness:
    """Measure how strict the tool `name` is, or the tools of the family `name`, by mutating calls that work.

    Of a tool, a mutated call is fatal if its result is not that of the reference call; of a family, if
    the answer is wrong.

    Args:
        name: a tool or a family; the tool where both have that name.
        mutations: how many tokens are replaced at a time, 1 among them.
        n: calls for each of those.
        seed: of the draws.
        runs: attempts of models, whose own near misses are counted beside the mutations.
        progress: who hears how far it is.

    Raises:
        UnknownName: there is neither a tool nor a family of that name.
        BadInput: the mutations or n cannot be used.
        NoAnswer: nothing could be measured on this machine.
    """
    counts = _checked(mutations, n)
    kind, known = _references(name, max(counts))
    used = _usable(name, known, max(counts))
    by_mutations = {}
    with progress.stage(f"strictness of {name}", total=n * len(counts)) as advance:
        for k in counts:
            by_mutations[k] = mutate(used, k, n, Random(f"{seed}/{k}"), advance)  # noqa: S311  no secret
    _refuse_empty(name, by_mutations)
    near = near_misses(runs, lambda instance: _solutions_for(name, kind, instance))
    return MeasuredStrictness(
        name,
        kind,
        len(used),
        len(known) - len(used),
        by_mutations,
        _geometric(by_mutations, np.random.default_rng(seed)),
        near if near.n else None,
        None if near.n else NONE_NEAR if runs else NO_RUNS,
        seed,
    )


def near_misses(runs: Iterable[Run], known: Callable[[Instance], Sequence[Reference]]) -> Mistakes:
    """Count the calls of models that are one token away from the nearest reference, and the fatal ones.

    One token away: one token replaced, left out or put in.

    Args:
        runs: attempts, each with its instance.
        known: what gives the reference calls of an instance.
    """
    found = []
    for instance, attempt in runs:
        for call in attempt.calls:
            rivals = [one for one in known(instance) if one.tool.name == call.tool]
            away = [Levenshtein.distance(one.tool.tokens(call.text), one.tokens) for one in rivals]
            if away and min(away) == 1:
                nearest = rivals[away.index(1)]
                found.append((call.outcome, nearest.right(Outcome(call.outcome, call.output))))
    counted = [right for outcome, right in found if outcome != "unsupported"]
    return Mistakes(counted.count(False), len(counted), len(found) - len(counted))


def solutions(instance: Instance) -> list[Reference]:
    """Return the reference solutions of an instance that a tool runs; right is what gives its answer."""
    family = FAMILIES[instance.family]

    def right(outcome: Outcome) -> bool:
        return outcome.ok and family.read(outcome.stdout) == instance.answer

    return [
        Reference(path.solve(instance), TOOLS[path.tool], right)
        for path in family.paths
        if path.tool is not None
    ]


def _solutions_for(name: str, kind: str, instance: Instance) -> list[Reference]:
    """Return the solutions of an instance that belong to the tool or family `name`."""
    if kind == "family":
        return solutions(instance) if instance.family == name else []
    return [one for one in solutions(instance) if one.tool.name == name]


def _references(name: str, mistakes: int) -> tuple[Literal["tool", "family"], list[Reference]]:
    if name in TOOLS:
        return "tool", references(TOOLS[name])
    if name in FAMILIES:
        return "family", _of_family(FAMILIES[name], mistakes)
    raise UnknownName("tool or family", name, [*TOOLS, *FAMILIES])


def _of_family(family: Family, mistakes: int) -> list[Reference]:
    """Return the solutions at the smallest sizes that have room for the mistakes."""

    def has_room(size: int) -> bool:
        return any(len(one.tokens) >= mistakes for one in solutions(family.instance(size, 0)))

    sizes = islice(filter(has_room, family.sizes), SIZES)
    instances = [one for size in sizes for one in family.instances(size, INSTANCES)]
    return [solution for instance in instances for solution in solutions(instance)]


def _checked(mutations: Sequence[int], n: int) -> tuple[int, ...]:
    counts = tuple(sorted(set(mutations)))
    if not counts or counts[0] != 1 or n < 1:
        raise BadInput(
            f"mutations are {list(mutations)!r}, with {n} calls each.",
            "Mutations are whole numbers from 1 up, 1 among them, and there is at least one call.",
            "Take for instance 1, 2, 4 and 400 calls.",
        )
    return counts


def _usable(name: str, known: list[Reference], mistakes: int) -> list[Reference]:
    """Return the references that are long enough for the mistakes and that work here."""
    long_enough = [one for one in known if len(one.tokens) >= mistakes]
    outcomes = [one.tool.use(one.call) for one in long_enough]
    used = [one for one, got in zip(long_enough, outcomes, strict=True) if one.right(got)]
    if not used:
        why = next((got.detail or got.kind for got in outcomes), f"none has {mistakes} tokens or more")
        raise NoAnswer(
            "no-reference-calls",
            f"{name!r} has no call of a tool that works here ({why}).",
            "Calls that work are what is mutated.",
            "Take another name, ask for fewer mutations, or see `tasklaws doctor` for what is missing.",
        )
    return used


def _refuse_empty(name: str, by_mutations: dict[int, Mistakes]) -> None:
    for k, told in by_mutations.items():
        if told.n == 0:
            raise NoAnswer(
                "unsupported",
                f"all calls of {name!r} with {k} mistakes use what the sandbox lacks.",
                "Only calls that the sandbox can run say whether a mistake is fatal.",
                "Ask for more calls.",
            )


def _geometric(by_mutations: dict[int, Mistakes], rng: np.random.Generator) -> float | None:
    counts = [(k, told.n - told.fatal, told.n) for k, told in by_mutations.items()]
    return geometric_p(counts, rng) if len(counts) > 1 else None
