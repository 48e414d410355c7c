"""Internals: what tuning on a model's own right samples adds, and what probes read beyond random weights.

Reads what a study left in `internals.json`, a file as the worker of a rung writes it.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

INTERNALS = "internals.json"


@dataclass(frozen=True)
class Tuning:
    """The score of one family before and after tuning on right samples of the same model."""

    model: str
    n_params: int
    family: str
    n: int
    """Questions, the same before and after."""
    before: float
    after: float
    difference: float
    lower: float
    upper: float
    """Bounds of the difference at 90 %, over questions."""
    right: int
    """Different right samples, which the model was tuned on."""
    samples: int
    """Samples that were drawn: the effort."""


@dataclass(frozen=True)
class Probe:
    """How well a property of the prompt is read off a model and off untrained weights of its shape."""

    model: str
    n_params: int
    property: str
    family: str
    size: int
    accuracy: float
    control: float
    difference: float
    lower: float
    upper: float
    """Bounds of the difference at 90 %, over prompts."""
    most_common: float
    """Accuracy of always saying what is most common."""
    n_texts: int


Kind = TypeVar("Kind", Tuning, Probe)


@dataclass(frozen=True)
class Internals:
    """What was looked into, smallest model first."""

    tuning: tuple[Tuning, ...] = ()
    probes: tuple[Probe, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the JSON keys under `internals` of `elicit`."""
        return {
            "tuning": [asdict(one) for one in self.tuning],
            "probes": [asdict(one) for one in self.probes],
        }


def internals(path: Path) -> Internals:
    """Return what stands in the file `path`; nothing where there is no such file.

    Raises:
        BadInput: the file is not as the worker writes it.
    """
    if not path.exists():
        return Internals()
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Internals(
            tuple(_record(Tuning, one) for one in told["tuning"]),
            tuple(_record(Probe, one) for one in told["probes"]),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{path} does not hold internals ({type(error).__name__}: {error}).",
            'It is {"tuning": [records], "probes": [records]}, as `tasklaws study` writes it.',
            "Remove it and run the study again, or restore it from a copy.",
        ) from None


def _record(kind: type[Kind], told: dict[str, Any]) -> Kind:
    """Return the record; keys that are not known are left out."""
    named = {field.name: told[field.name] for field in fields(kind)}
    for field in fields(kind):
        _check(field.name, named[field.name], text=field.type == "str")
    return kind(**named)


def _check(name: str, value: object, *, text: bool) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
    if not (isinstance(value, str) if text else number):
        raise TypeError(f"{name} is {value!r}")
