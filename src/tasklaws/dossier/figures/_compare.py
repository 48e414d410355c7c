"""Printed figures against those worked out again: every place where they differ beyond rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.display import shown
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.figures._printed import digits_of, rounded
from tasklaws.dossier.figures._unread import Unread
from tasklaws.dossier.folder import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

WHY = "The figure does not follow from the evidence."
MISSING, NOTHING = "missing", "no such value"
SLACK = 1e-6
"""Part of the last digit by which machines may differ where a figure lies between two digits."""
NAMES = (
    "model", "family", "lineage", "target", "harness_id", "elicitation", "scenario", "line", "name", "change",
    "kind", "sha256",
)  # fmt: skip
"""What may tell the rows of a list apart; the order of the rows is compared by itself."""


def differences(
    said: Mapping[str, Any], found: Mapping[str, Any], file: str = DOCUMENT
) -> tuple[Failure, ...]:
    """Return where printed blocks differ from blocks that were worked out again.

    A number may differ by half a unit of its last printed digit.

    Args:
        said: the blocks as they are printed.
        found: the blocks as they follow from the evidence, rounded or not.
        file: the file in which they are printed.
    """
    return tuple(
        Failure(f"{file}: {place}", expected, got, WHY) for place, expected, got in _unlike("", said, found)
    )


Unlike = tuple[str, str, str]
"""Place, what follows from the evidence, what is printed."""


def _unlike(place: str, said: Any, found: Any) -> Iterator[Unlike]:  # noqa: ANN401
    if isinstance(found, Unread) and isinstance(said, str):
        return
    if isinstance(found, dict) and isinstance(said, dict):
        yield from _unlike_tables(place, said, found)
    elif isinstance(found, list | tuple) and isinstance(said, list | tuple):
        yield from _unlike_lists(place, said, found)
    elif not _same(place.rpartition(".")[2], said, found):
        yield place, _words(rounded(found, place.rpartition(".")[2])), _words(said)


def _unlike_tables(place: str, said: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[Unlike]:
    for key in dict.fromkeys((*found, *said)):
        inside = f"{place}.{key}" if place else str(key)
        if key not in said:
            yield inside, _words(rounded(found[key], key)), MISSING
        elif key not in found:
            yield inside, NOTHING, _words(said[key])
        else:
            yield from _unlike(inside, said[key], found[key])


def _unlike_lists(place: str, said: Sequence[Any], found: Sequence[Any]) -> Iterator[Unlike]:
    keys = _telling(found)
    printed_at, found_at = _places(said, keys), _places(found, keys)
    if len(printed_at) < len(said):
        printed_at, found_at = _places(said, ()), _places(found, ())
    for name, at in found_at.items():
        if name in printed_at:
            yield from _unlike(f"{place}[{printed_at[name]}]", said[printed_at[name]], found[at])
        else:
            yield f"{place}[{at}]", _words(found[at]), MISSING
    for name, at in printed_at.items():
        if name not in found_at:
            yield f"{place}[{at}]", NOTHING, _words(said[at])
    if printed_at.keys() == found_at.keys() and list(printed_at) != list(found_at):
        yield place, "rows in the order of the evidence", "the same rows in another order"


def _telling(rows: Sequence[Any]) -> tuple[str, ...]:
    """Return the names that tell rows apart, no more than are needed; none where nothing does."""
    if not all(isinstance(row, dict) for row in rows):
        return ()
    known = [name for name in NAMES if all(name in row for row in rows)]
    some = (tuple(known[: count + 1]) for count in range(len(known)))
    return next((keys for keys in some if len(_places(rows, keys)) == len(rows)), ())


def _places(rows: Sequence[Any], keys: tuple[str, ...]) -> dict[object, int]:
    """Return what tells each row apart -> its place: its values under `keys`, or the place itself."""
    if not keys or not all(isinstance(row, dict) for row in rows):
        return {at: at for at in range(len(rows))}
    return {tuple(str(row.get(key)) for key in keys): at for at, row in enumerate(rows)}


def _same(name: str, said: Any, found: Any) -> bool:  # noqa: ANN401
    if not (_is_number(said) and _is_number(found)):
        return type(said) is type(found) and bool(said == found)
    if said == rounded(found, name):
        return True
    unit = 10.0 ** -digits_of(name)
    return bool(said == rounded(float(said), name) and abs(said - found) <= unit * (0.5 + SLACK))


def _is_number(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, int | float) and not isinstance(value, bool)


def _words(value: Any) -> str:  # noqa: ANN401
    return "null" if value is None else shown(str(value), 120)
