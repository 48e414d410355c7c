"""What a task of Inspect AI is told, read and checked.

The command line of Inspect passes a word as it looks (`-T sizes=1,10` is a list of texts, `-T sizes=1` a
number), so all of these forms are taken.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.elicitations import ELICITATIONS
from tasklaws.run.inspect_bridge.instances import RENDERINGS
from tasklaws.spec.bounds import whole
from tasklaws.spec.harness import Harness

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.run.inspect_bridge.instances import Rendering
    from tasklaws.spec.elicitation import Elicitation

LIMITS = tuple(one.name for one in fields(Harness) if one.name.endswith("_limit"))
COUNTED = ("message_limit", "token_limit", "turn_limit", "time_limit", "working_limit")
"""Limits that Inspect counts in whole numbers, seconds among them."""
USUAL = "default"
"""Name of the harness that sets nothing."""


@dataclass(frozen=True)
class Words:
    """What a task is told. Each field is a parameter of the task, and so is each limit of a harness."""

    sizes: tuple[int, ...] | None = None
    """Sizes of the family; None for those that it tries by default, or all that stand in `asked`."""
    items: int | None = None
    """Instances of each size; None for as many as are usual, or all that stand in `asked`."""
    seed: int = 0
    """Of the instances."""
    epochs: int = 1
    """How often each instance is tried."""
    elicitation: str = "greedy"
    """How answers are drawn out, and with what effort, such as ``best_of_n@4``."""
    rendering: Rendering = "auto"
    """How questions are put."""
    asked: str | None = None
    """Folder of the models of an embedded ladder, whose held-out questions are put."""
    harness_id: str | None = None
    """Name of the harness in the tables; None for one made of what it sets."""
    harness: Harness = field(default_factory=Harness)

    @property
    def method(self) -> tuple[Elicitation, int]:
        """Return the elicitation and its effort."""
        return _method(self.elicitation)

    @property
    def label(self) -> str:
        """Return the name of the elicitation in the tables: bare where it has but one effort."""
        found, effort = self.method
        return found.name if len(found.efforts) == 1 else f"{found.name}@{effort}"

    @property
    def harness_name(self) -> str:
        """Return the name of the harness in the tables."""
        return self.harness_id or (USUAL if self.harness == Harness() else self.harness.harness_id)

    def limits(self) -> dict[str, Any]:
        """Return the limits that Inspect itself keeps, in its words."""
        kept = {name: limit for name, limit in self.harness.limits().items() if name != "call_limit"}
        return {name: int(limit) if name in COUNTED else limit for name, limit in kept.items()}


PARAMETERS = tuple(one.name for one in fields(Words)) + LIMITS


def read(given: Mapping[str, Any]) -> Words:
    """Return what is told by parameters of a task, as Python or a command line passes them.

    Raises:
        BadInput: a value that cannot be.
        UnknownName: a parameter that no task has, or a name in one that nothing has.
    """
    for name in given:
        if name not in PARAMETERS:
            raise UnknownName("parameter of a task", name, PARAMETERS)
    told = {name: value for name, value in given.items() if name not in LIMITS and value is not None}
    if "sizes" in told:
        told["sizes"] = _sizes(told["sizes"])
    limits = {name: given[name] for name in LIMITS if given.get(name) is not None}
    words = Words(**{**told, "harness": _harness(told.get("harness") or {}, limits)})
    _check(words)
    return words


def passed(harness: Harness) -> dict[str, Any] | None:
    """Return a harness as a parameter: what differs from the usual one; None where nothing does."""
    usual = asdict(Harness())
    return {name: value for name, value in asdict(harness).items() if value != usual[name]} or None


def _check(words: Words) -> None:
    if words.items is not None:
        whole(words.items, 1, "the number of items of a task")
    whole(words.seed, 0, "the seed of the instances")
    whole(words.epochs, 1, "the number of epochs")
    if words.rendering not in RENDERINGS:
        raise UnknownName("rendering", str(words.rendering), RENDERINGS)
    _method(words.elicitation)


def _sizes(given: object) -> tuple[int, ...]:
    listed = given.split(",") if isinstance(given, str) else given
    numbers = [_number(part) for part in (listed if isinstance(listed, list | tuple) else [listed])]
    sizes = tuple(dict.fromkeys(number for number in numbers if number))
    if not all(numbers) or not sizes:
        raise BadInput(
            f"the sizes of a family are {given!r}.",
            "Sizes are whole numbers, 1 or more, with commas between them.",
            "Name them such as -T sizes=1,10,100.",
        )
    return sizes


def _number(part: object) -> int | None:
    """Return a whole number of 1 or more; None where `part` is none."""
    try:
        number = int(part) if isinstance(part, str) else part
    except ValueError:
        return None
    return number if isinstance(number, int) and not isinstance(number, bool) and number >= 1 else None


def _method(word: object) -> tuple[Elicitation, int]:
    name, _, effort = str(word).partition("@")
    found = ELICITATIONS[name]
    if not effort and len(found.efforts) == 1:
        return found, found.efforts[0]
    number = _number(effort)
    if number is None:
        raise BadInput(
            f"the elicitation is {word!r}.",
            f"Behind {name}@ stands the effort, a whole number of {found.unit}.",
            f"Such as {', '.join(f'{name}@{one}' for one in found.efforts)}.",
        )
    return found, number


def _harness(record: Mapping[str, Any], limits: Mapping[str, Any]) -> Harness:
    names = [one.name for one in fields(Harness)]
    for name in record:
        if name not in names:
            raise UnknownName("field of a harness", name, names)
    told: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    for name in LIMITS:
        _check_limit(name, limits.get(name, told.get(name)))
    return replace(Harness(**told), **limits)


def _check_limit(name: str, limit: object) -> None:
    """Raise for what Inspect does not take; a `Harness` itself refuses what is no limit at all."""
    number = isinstance(limit, int | float) and not isinstance(limit, bool)
    if limit is not None and (not number or (name in COUNTED and limit != int(limit))):  # type: ignore[call-overload]
        raise BadInput(
            f"the {name} of a task is {limit!r}.",
            "Inspect counts it in whole numbers." if name in COUNTED else "It is a number.",
            f"Such as -T {name}=60.",
        )
