"""What a family is: tasks of one kind and growing size, each with its plan, its text and its solutions.

A family at one size is a task; a task has as many instances as one likes. In Inspect AI's words a
`Task` is our family at given sizes, and a `Sample` is our instance.
"""

from __future__ import annotations

import inspect
from dataclasses import asdict, dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, Literal

from tasklaws.core.errors import UnknownName
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.spec.bounds import whole
from tasklaws.spec.plan import tools
from tasklaws.spec.structure import Traits, least_work, span, traits, work

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tasklaws.spec.plan import Plan
    from tasklaws.spec.transcript import Attempt

HASHED_INSTANCES = 4
"""Instances of a task that go into its content hash."""


@dataclass(frozen=True)
class Instance:
    """One question: what it is made of, and its answer."""

    family: str
    size: int
    instance_id: str
    inputs: Mapping[str, Any]
    """What the generator drew: texts, whole numbers, and tuples of them."""
    answer: str
    choices: tuple[str, ...] = ()
    """Options of a multiple choice, in the order shown; the answer is one of them."""


@dataclass(frozen=True)
class Path:
    """One way of solving the tasks of a family, with a reference solution."""

    name: str
    summary: str
    tool: str | None
    """Tool that runs the solution; None where the solution is written out and ends in the answer."""
    solve: Callable[[Instance], str]
    """Return the reference solution of a general model: a program for `tool`, or a text."""
    compact: Callable[[Instance], str] | None = None
    """Return the solution in the compact rendering; None where small models are not taught this path."""


@dataclass(frozen=True)
class Adjustment:
    """A change of a task after it had been tried."""

    at: str
    """UTC time, ISO 8601."""
    reason: str
    before: str
    after: str
    """Content hashes."""


@dataclass(frozen=True)
class Task:
    """A family at one size, as a record: what it asks, what counts, and what was changed."""

    family: str
    size: int
    plan: Plan
    paths: tuple[str, ...]
    metrics: tuple[str, ...]
    target_metric: str
    natural: bool
    chance: float
    """What guessing scores in the target metric."""
    version: str
    content_hash: str
    adjustments: tuple[Adjustment, ...] = ()

    @property
    def task_id(self) -> str:
        """Return the name of the task in every table."""
        return f"{self.family}/{self.size}"

    @property
    def tools(self) -> tuple[str, ...]:
        """Return the tools on any path of the plan."""
        return tools(self.plan)

    @property
    def traits(self) -> Traits:
        """Return the four traits, read off the plan."""
        return traits(self.plan)


def _no_chance(size: int) -> float:  # noqa: ARG001
    """Return 0: an open question is not guessed."""
    return 0.0


@dataclass(frozen=True)
class Family:
    """Tasks of one kind and growing size; the module's name is the family's name."""

    name: str
    summary: str
    source: str
    status: Literal["published", "emerging"]
    sizes: tuple[int, ...]
    """Sizes to try by default, growing; any size that `generate` takes may be asked for."""
    generate: Callable[[int, Random], Instance]
    """Draw one instance of a size; `Instance.family` and `instance_id` are filled in by `instance`."""
    plan: Callable[[int], Plan]
    paths: tuple[Path, ...]
    classify: Callable[[Instance, Attempt], str]
    """Return the name of the path that an attempt took, or ``guessed``."""
    english: Callable[[Instance], str]
    """Return the question in plain English, for general models."""
    compact: Callable[[Instance], str]
    """Return the question in the compact rendering, for the embedded ladder: ASCII, ends in ``>``."""
    read: Callable[[str], str]
    """Return the answer in a response: what stands in its last line that is not empty."""
    metrics: tuple[str, ...]
    target_metric: str
    notes: str
    """What an author should know: what the family shows, and what it must not be used for."""
    expects: tuple[str, ...]
    """What is expected to happen along a ladder, each in one line."""
    natural: bool = False
    """Whether people do such tasks for their own sake."""
    chance: Callable[[int], float] = _no_chance
    milestones: Callable[[Instance, str], tuple[bool, ...]] | None = None
    """Return which milestones an answer reached, in order; None where the family marks none."""
    prelude: str = ""
    """Program text that stands before every compact solution that a tool runs."""
    version: str = "1"

    def instance(self, size: int, index: int, seed: int = 0) -> Instance:
        """Return instance `index` of `size`: the same for the same arguments on every machine.

        Raises:
            BadPlan: the size is not a whole number of 1 or more.
        """
        drawn = self.generate(self._checked(size), Random(f"{self.name}/{size}/{seed}/{index}"))  # noqa: S311
        identity = f"{self.name}/{size}/{seed}/{index}"
        return Instance(self.name, size, identity, drawn.inputs, drawn.answer, drawn.choices)

    def instances(self, size: int, n: int, seed: int = 0) -> list[Instance]:
        """Return the first `n` instances of `size`."""
        return [self.instance(size, index, seed) for index in range(n)]

    def task(self, size: int, adjustments: Sequence[Adjustment] = ()) -> Task:
        """Return the record of the task of `size`."""
        return Task(
            self.name,
            size,
            self.plan(self._checked(size)),
            tuple(path.name for path in self.paths),
            self.metrics,
            self.target_metric,
            self.natural,
            self.chance(size),
            self.version,
            self.content_hash(size),
            tuple(adjustments),
        )

    def content_hash(self, size: int) -> str:
        """Return a hash of what the task asks and what counts as right.

        It covers the texts, answers and reference solutions of some instances, the metrics, the chance level,
        the version and the structure of the plan: the same on every machine and Python version.
        """
        asked = [self._content(instance) for instance in self.instances(size, HASHED_INSTANCES)]
        plan = self.plan(size)
        shape = {
            "work": work(plan),
            "span": span(plan),
            "least_work": least_work(plan),
            **asdict(traits(plan)),
        }
        scored = [*self.metrics, self.target_metric, self.chance(size)]
        record = [self.name, size, self.version, self.prelude, scored, shape, asked]
        return sha256_hex(canonical_json(record))

    def _content(self, instance: Instance) -> list[Any]:
        solved = [[path.name, path.tool, path.solve(instance)] for path in self.paths]
        texts = [self.english(instance), self.compact(instance)]
        return [texts, instance.answer, list(instance.choices), solved]

    def path(self, name: str) -> Path:
        """Return the path called `name`.

        Raises:
            UnknownName: there is none.
        """
        for path in self.paths:
            if path.name == name:
                return path
        raise UnknownName(f"path of family {self.name!r}", name, [path.name for path in self.paths])

    @cached_property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the family in words."""
        return {
            "paths": ", ".join(f"{path.name} ({path.summary})" for path in self.paths),
            "metrics": f"{', '.join(self.metrics)}; the target is {self.target_metric}",
            "notes": inspect.cleandoc(self.notes),
        }

    def _checked(self, size: int) -> int:
        whole(size, 1, f"the size of a task of family {self.name!r}")
        return size
