"""Rows and specs as the page holds them: every number once, every shared part once.

A page of many charts is mostly names and structure that repeat. Rows go in column by column, with the
different texts of a column listed once; panels that differ in their numbers only share one spec. The
page's script puts both together again (`assets/charts.js`).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tasklaws.report.colours import themed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tasklaws.report.shapes import Row, Spec

Packed = dict[str, Any]

OWN = ("description", "height")
"""What panels of one look may differ in, next to their rows."""


def packed(rows: Sequence[Row], keys: Iterable[str] | None = None) -> Packed:
    """Return `rows` by column; where a row lacks a key its place is null."""
    wanted = tuple(keys) if keys is not None else tuple(dict.fromkeys(key for row in rows for key in row))
    columns = {key: _column([_plain(row.get(key)) for row in rows]) for key in wanted}
    return {"n": len(rows), "columns": columns}


def unpacked(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of packed data, without the places that are null."""
    columns = {key: _values(column, data["n"]) for key, column in data["columns"].items()}
    rows = ({key: values[i] for key, values in columns.items()} for i in range(data["n"]))
    return [{key: value for key, value in row.items() if value is not None} for row in rows]


def _plain(value: object) -> object:
    """Return what JSON can hold: further types, and numbers that are none, as text."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, str | int) else str(value)


def _column(values: list[object]) -> object:
    """Return a column: its only value, its different texts and which stands where, or all values."""
    if values and all(value == values[0] and type(value) is type(values[0]) for value in values):
        return {"all": values[0]}
    texts = [value for value in values if isinstance(value, str)]
    different = list(dict.fromkeys(texts))
    if len(texts) < len(values) or 2 * len(different) > len(values):
        return values
    places = {text: at for at, text in enumerate(different)}
    return {"of": different, "at": [places[text] for text in texts]}


def _values(column: list[Any] | Mapping[str, Any], n: int) -> list[Any]:
    if isinstance(column, list):
        return column
    return [column["all"]] * n if "all" in column else [column["of"][at] for at in column["at"]]


@dataclass
class Shelf:
    """The different specs of a page, without rows; panels name theirs by its place."""

    specs: list[object] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def put(self, spec: Spec) -> dict[str, Any]:
        """Return what is left of a spec when its look is put on the shelf."""
        data: list[Sequence[Row]] = []
        look = _without_rows({key: value for key, value in spec.items() if key not in OWN}, data)
        own = {key: spec[key] for key in OWN if key in spec}
        return {"spec": self._place(themed(look)), "data": [packed(rows) for rows in data], **own}

    def _place(self, look: object) -> int:
        name = json.dumps(look, sort_keys=True)
        if name not in self._places:
            self._places[name] = len(self.specs)
            self.specs.append(look)
        return self._places[name]


def whole(panel: Mapping[str, Any], specs: Sequence[Mapping[str, Any]]) -> object:
    """Return the spec of a panel with its rows, as the page's script puts it together."""
    own = {key: panel[key] for key in OWN if key in panel}
    return _with_rows({**specs[panel["spec"]], **own}, [unpacked(one) for one in panel["data"]])


def _without_rows(part: object, data: list[Sequence[Row]]) -> object:
    """Return a part of a spec with rows replaced by their place in `data`, which grows."""
    if isinstance(part, list | tuple):
        return [_without_rows(one, data) for one in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("data"), dict):
        rows = part["data"]["values"]
        part = {**part, "data": {"values": _placed(rows, data)}}
    return {key: _without_rows(value, data) for key, value in part.items()}


def _placed(rows: Sequence[Row], data: list[Sequence[Row]]) -> int:
    if rows not in data:
        data.append(rows)
    return data.index(rows)


def _with_rows(part: object, data: Sequence[Sequence[Row]]) -> object:
    if isinstance(part, list):
        return [_with_rows(one, data) for one in part]
    if not isinstance(part, dict):
        return part
    return {
        key: {"values": data[value["values"]]} if key == "data" else _with_rows(value, data)
        for key, value in part.items()
    }
