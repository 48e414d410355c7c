"""Places in a document: where a fault lies, and which keys there are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.document import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pydantic import BaseModel

Place = tuple[str | int, ...]
TAGS = (kinds.VALUE, kinds.ABSENT, kinds.TEXT, kinds.LIST, kinds.SWITCH)


def untagged(place: Iterable[str | int]) -> Place:
    """Return a place without the kinds that values were taken for."""
    return tuple(part for part in place if part not in TAGS)


def known_keys(model: type[BaseModel], place: Sequence[str | int]) -> tuple[str, ...]:
    """Return the keys of the table at a place."""
    if kinds.ABSENT in place:
        return tuple(kinds.Absent.model_fields)
    schema = _schema_of(model)
    at: Mapping[str, Any] = schema
    for part in untagged(place):
        at = next(_below(schema, at, part), {})
    table = next((one for one in _choices(schema, at) if "properties" in one), {})
    return tuple(table.get("properties", ()))


@cache
def _schema_of(model: type[BaseModel]) -> Mapping[str, Any]:
    return model.model_json_schema()


def _below(schema: Mapping[str, Any], at: Mapping[str, Any], part: str | int) -> Iterator[Mapping[str, Any]]:
    for one in _choices(schema, at):
        if isinstance(part, int) and "items" in one:
            yield one["items"]
        elif part in one.get("properties", {}):
            yield one["properties"][part]


def _choices(schema: Mapping[str, Any], at: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the schemas that a place may follow, references resolved."""
    if "$ref" in at:
        yield from _choices(schema, schema["$defs"][at["$ref"].rpartition("/")[2]])
        return
    yield at
    for one in (*at.get("oneOf", ()), *at.get("anyOf", ())):
        yield from _choices(schema, one)
