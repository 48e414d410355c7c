"""What is wrong with a document: the place, what is needed there, and what was found."""

from __future__ import annotations

import difflib
import reprlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tasklaws.core.display import shown
from tasklaws.dossier.document import kinds
from tasklaws.dossier.document.dossier import Dossier
from tasklaws.dossier.document.places import TAGS, known_keys, untagged
from tasklaws.dossier.failure import Failure
from tasklaws.dossier.folder import DOCUMENT, STUDY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from tasklaws.dossier.document.places import Place

OR_ABSENT = ", or not-granted or not-applicable with a reason"
EVERY_FIELD = "Every field is a value, or not-granted or not-applicable with a reason."
NO_OTHER = "There is no other field."
NOTHING = "nothing"
LONGEST = 60
"""Characters of a text that are told."""
MOST = 100
"""Faults that are told; a document with more is no document."""

PATTERNS = {
    kinds.NOT_BLANK: "text that is not blank",
    kinds.SHA256: "a SHA-256, 64 hexadecimal digits",
    kinds.TIME: "a time with its zone, such as 2026-01-02T03:04:05+00:00",
    kinds.BELOW_EVIDENCE: "a path below evidence/",
}
NEEDS = {
    "missing": "a value",
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "list_type": "a list",
    "model_type": "a table",
    "model_attributes_type": "a table",
    kinds.OUTSIDE: "a path inside its folder, without '..' and backslashes",
}
"""Kind of a fault -> what is needed instead."""


@dataclass(frozen=True)
class Wrong:
    """A place where a value is not what it should be."""

    place: Place
    need: str
    found: str
    known: tuple[str, ...] = ()
    """Keys that there are, where this one is not among them."""

    @property
    def dotted(self) -> str:
        """Return the place as readers write it."""
        return shown(".".join(map(str, self.place)), longest=200)

    @property
    def near(self) -> str | None:
        """Return the key that was meant, as far as can be told."""
        return next(iter(difflib.get_close_matches(str(self.place[-1]), self.known, n=1)), None)


def faults(document: Any) -> tuple[Failure, ...]:  # noqa: ANN401 - whatever stood in the file
    """Return where a document is not as it should be; none where every field is there and of its kind."""
    found = wrongs(Dossier, document)
    if not found:
        return tuple(_unlisted(document))
    told = [_failure(one) for one in found[:MOST]]
    rest = len(found) - len(told)
    more = [Failure(DOCUMENT, "none", f"{rest} more faults", EVERY_FIELD)] if rest else []
    return (*told, *more)


def wrongs(model: type[BaseModel], value: Any) -> list[Wrong]:  # noqa: ANN401 - likewise
    """Return where `value` is not what `model` says, in the order of the fields."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        return [_wrong(model, one) for one in error.errors(include_url=False)]
    return []


def _wrong(model: type[BaseModel], error: ErrorDetails) -> Wrong:
    if error["type"] == "extra_forbidden":
        *above, key = error["loc"]
        known = known_keys(model, above)
        return Wrong((*untagged(above), key), "no such field", "a field of that name", known)
    place = untagged(error["loc"])
    if error["type"] == kinds.UNDEFINED:
        figure = str(error["ctx"]["figure"])
        return Wrong((*place, "reason"), f"a reason, since {figure} is null", "null")
    missing = error["type"] == "missing"
    return Wrong(place, _needed(error), NOTHING if missing else _found(error["input"]))


def _needed(error: ErrorDetails) -> str:
    """Return what is needed in the place of a fault."""
    context = error.get("ctx", {})
    kind = error["type"]
    if kind in NEEDS:
        need = NEEDS[kind]
    elif kind == "string_pattern_mismatch":
        need = PATTERNS[context["pattern"]]
    elif kind == "literal_error":
        need = str(context["expected"])
    else:
        need = error["msg"].removeprefix("Input should be ")
    return f"{need}{OR_ABSENT}" if kind == "missing" or _may_be_absent(error["loc"]) else need


def _may_be_absent(place: Place) -> bool:
    """Return whether an absent value would do in a place: nothing but kinds of values follows the choice."""
    below = place[place.index(kinds.VALUE) + 1 :] if kinds.VALUE in place else (0,)
    return all(part in TAGS for part in below)


def _found(value: Any) -> str:  # noqa: ANN401 - whatever stood in the file
    """Return a value as a reader sees it, however large and deep it is."""
    brief = reprlib.Repr()
    brief.maxstring = brief.maxother = brief.maxlong = LONGEST
    return shown(brief.repr(value))


def _failure(wrong: Wrong) -> Failure:
    place = f"{DOCUMENT}: {wrong.dotted}" if wrong.place else DOCUMENT
    if not wrong.known:
        return Failure(place, wrong.need, wrong.found, EVERY_FIELD)
    need = f"{wrong.near!r}, or nothing" if wrong.near else f"one of {', '.join(wrong.known)}, or nothing"
    return Failure(place, need, wrong.found, NO_OTHER)


def _unlisted(document: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield the evidence of access that the document does not list, packed or withheld."""
    listed = {row["path"] for row in (*document["evidence"], *document["withheld"])}
    for kind, granted in document["access"].items():
        for path in granted.get("evidence", ()):
            if listed.isdisjoint((path, f"evidence/{path}", f"{STUDY}/{path}")):
                yield Failure(
                    f"{DOCUMENT}: access.{kind}.evidence",
                    "a file that evidence or withheld lists",
                    shown(path),
                    "What shows that there was access lies in the folder, or is withheld.",
                )
