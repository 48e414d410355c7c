"""One condition on the fields of a document: places under a dotted path, and what counts as a value there."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import NOT_APPLICABLE, is_absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

QUANTIFIERS = ("every", "some", "none")
ANY_KEY = "*"


@dataclass(frozen=True)
class Need:
    """A condition that a document meets or not."""

    quantifier: str
    """``every`` place holds a value, ``some`` do, or ``none`` does."""
    paths: tuple[str, ...]
    at_least: int = 1
    one_of: tuple[Any, ...] = ()
    other_than: tuple[Any, ...] = ()
    like: str = ""
    more_than: float | None = None
    or_not_applicable: bool = False
    missing: bool = False
    """Ask for places that hold no value."""

    def met(self, document: Mapping[str, Any]) -> bool:
        """Return whether the document meets the condition."""
        held = [
            self._holds(value) for path in self.paths for value in places(document, tuple(path.split(".")))
        ]
        if self.quantifier == "every":
            return bool(held) and all(held)
        return sum(held) >= self.at_least if self.quantifier == "some" else not any(held)

    def _holds(self, value: Any) -> bool:  # noqa: ANN401
        return self._counts(value) is not self.missing

    def _counts(self, value: Any) -> bool:  # noqa: ANN401
        """Return whether there is a value, of the kind that is asked for."""
        if is_absent(value):
            return self.or_not_applicable and value["status"] == NOT_APPLICABLE
        return (
            value not in (None, "")
            and (not self.one_of or value in self.one_of)
            and value not in self.other_than
            and (not self.like or fnmatchcase(str(value).lower(), self.like.lower()))
            and (self.more_than is None or value > self.more_than)
        )

    def __str__(self) -> str:
        """Return the condition in words."""
        return f"{self._how_many()} {' or '.join(self.paths)}{self._of_what()}"

    def _how_many(self) -> str:
        if self.quantifier != "some":
            return {"every": "every", "none": "no"}[self.quantifier]
        return "a value in" if self.at_least == 1 else f"{self.at_least} values in"

    def _of_what(self) -> str:
        words = [
            f"one of {', '.join(map(str, self.one_of))}" if self.one_of else "",
            f"other than {', '.join(map(str, self.other_than))}" if self.other_than else "",
            f"like {self.like}" if self.like else "",
            f"above {self.more_than:g}" if self.more_than is not None else "",
            "or not applicable" if self.or_not_applicable else "",
        ]
        told = ", ".join(filter(None, words))
        return f" ({told})" if told else ""


def places(value: Any, keys: Sequence[str]) -> Iterator[Any]:  # noqa: ANN401
    """Yield what lies under a path: a value for each row of each list on the way, None where a key lacks."""
    if isinstance(value, list):
        for row in value:
            yield from places(row, keys)
    elif not keys or is_absent(value):
        yield value
    elif not isinstance(value, dict):
        yield None
    elif keys[0] == ANY_KEY:
        for one in value.values():
            yield from places(one, keys[1:])
    else:
        yield from places(value.get(keys[0]), keys[1:])


def read_needs(rows: Iterable[Mapping[str, Any]]) -> tuple[Need, ...]:
    """Return the conditions that a map writes as tables."""
    return tuple(_read(dict(row)) for row in rows)


def _read(row: dict[str, Any]) -> Need:
    quantifier = next(name for name in QUANTIFIERS if name in row)
    paths = row.pop(quantifier)
    rest: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
    return Need(quantifier, (paths,) if isinstance(paths, str) else tuple(paths), **rest)
