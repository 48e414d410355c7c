"""`redlines.toml`: scores at which somebody decided that something must happen, and why.

Source: formal model, F7.
"""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import MISSING, dataclass, fields
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NoReturn

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput
from tasklaws.spec.source import read_text

DEFAULT = "default"
"""Whatever metric, harness or elicitation the study forecasts."""

RED_LINES = "redlines.toml"
"""The file in a study's folder."""
EXAMPLE = (
    'line = [{name = "solves most of them", family = "ai_rd_*", threshold = 0.5, '
    'argument = "why this score, and what it would mean", decided_by = "who decides"}]'
)
"""A file on one line, as messages are."""


@dataclass(frozen=True)
class RedLine:
    """A score that somebody decided on. The score of a family is the mean over its tasks."""

    name: str
    family: str
    """Name of a family, or a pattern such as ``ai_rd_*``: then the mean over the tasks of all of them."""
    threshold: float
    metric: str = DEFAULT
    harness: str = DEFAULT
    elicitation: str = DEFAULT
    margin: float = 0.0
    """How far below the threshold the line already binds, in score."""
    argument: str = ""
    """Why this score, and what it would mean."""
    decided_by: str = ""
    """Who decides what happens then."""
    alert: float = 0.1
    """Probability of a crossing from which it is an alarm: cost of a false alarm / of a missed crossing."""

    def matches(self, family: str) -> bool:
        """Return whether the line is about `family`."""
        return fnmatchcase(family, self.family)

    @property
    def doubts(self) -> tuple[str, ...]:
        """Return what a line lacks that no program can supply."""
        nobody = (f"red line {self.name!r}: nobody is named who decides",) if not self.decided_by else ()
        no_why = (f"red line {self.name!r}: no argument is given",) if not self.argument else ()
        return (*nobody, *no_why)


_FIELDS = {field.name: field for field in fields(RedLine)}
_NUMBERS = ("threshold", "margin", "alert")
_NEEDED = tuple(name for name, field in _FIELDS.items() if field.default is MISSING)


def read_red_lines(path: str | Path) -> tuple[RedLine, ...]:
    """Return the lines of a file, in its order.

    Raises:
        BadInput: it is not such a file; the message names the line and the key.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput(f"there is no file {path}.", "Red lines stand in a TOML file, such as:", EXAMPLE)
    try:
        document = tomllib.loads(read_text(path) if path.stat().st_size else "")
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(f"{path.name}: {error}.", "Red lines are a TOML file.", "Correct the line.") from None
    _refuse_unknown(document, ("line",), path.name)
    records = document.get("line", [])
    if not isinstance(records, list) or not records or not all(isinstance(one, dict) for one in records):
        raise BadInput(f"{path.name} holds no red line.", "A line is a table [[line]], such as:", EXAMPLE)
    lines = tuple(_line(record, f"{path.name}, line {at}") for at, record in enumerate(records, 1))
    _refuse_doubles([line.name for line in lines], path.name)
    return lines


def _line(record: dict[str, Any], place: str) -> RedLine:
    _refuse_unknown(record, tuple(_FIELDS), place)
    for name in _NEEDED:
        if name not in record:
            raise BadInput(
                f"{place}: there is no key {name!r}.",
                f"A line needs {', '.join(_NEEDED)}.",
                "Add it.",
            )
    for name, value in record.items():
        _check_type(name, value, place)
    said: dict[str, Any] = {n: float(v) if n in _NUMBERS else v for n, v in record.items()}
    line = RedLine(**said)
    _check_numbers(line, place)
    return line


def _check_type(name: str, value: object, place: str) -> None:
    if name in _NUMBERS:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            _refuse(place, name, value, "a number")
    elif not isinstance(value, str) or (name in _NEEDED and not value.strip()):
        _refuse(place, name, value, "text")


def _check_numbers(line: RedLine, place: str) -> None:
    if not 0 < line.threshold <= 1:
        _refuse(place, "threshold", line.threshold, "a score above 0 and at most 1")
    if not 0 <= line.margin < line.threshold:
        _refuse(place, "margin", line.margin, f"0 or more and below the threshold, {line.threshold:g}")
    if not 0 < line.alert < 1:
        _refuse(place, "alert", line.alert, "a probability between 0 and 1")


def _refuse(place: str, name: str, value: object, need: str) -> NoReturn:
    raise BadInput(f"{place}: {name} = {shown(repr(value))}.", f"It must be {need}.", "Correct it.")


def _refuse_unknown(record: dict[str, Any], known: tuple[str, ...], place: str) -> None:
    for key in record:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(known)}."
            raise BadInput(f"{place}: there is no key called {shown(key)!r}.", hint, "Correct it.")


def _refuse_doubles(names: list[str], source: str) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput(
            f"{source}: two lines are called {shown(twice[0])!r}.", "A name is one line.", "Rename one."
        )
