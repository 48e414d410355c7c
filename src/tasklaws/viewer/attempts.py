"""Attempts that an address asks for: filtered, searched, in order; a page of them, never all."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.viewer.labels import identified, labelled, labels_stamp

if TYPE_CHECKING:
    from tasklaws.viewer.asked import Asked
    from tasklaws.viewer.results import Results

PAGE = 100
"""Attempts on a page."""
REMEMBERED = 8
"""Lists whose order is kept, so that turning a page does not sort anew."""
COLUMN = {"family": "task_family", **{name: name for name in ("task_id", "model", "outcome", "metric")}} | {
    name: name for name in ("elicitation", "harness_id")
}
"""Filter -> column that must have its value."""
SORTS = (
    "model",
    "task_id",
    "instance_id",
    "epoch",
    "elicitation",
    "harness_id",
    "metric",
    "score",
    "outcome",
    "path",
    "tokens",
    "started_at",
)
_LABELLED = re.compile(r"[0-9a-f]{16}")
_RANGE = re.compile(r"(\d*\.?\d+)\.\.(\d*\.?\d+)", re.ASCII)


@dataclass(frozen=True)
class Slice:
    """A page of attempts."""

    rows: tuple[dict[str, Any], ...]
    total: int
    page: int
    pages: int
    start: int
    """How many stand before it."""


class Attempts:
    """Finds attempts in the index of results."""

    def __init__(self, results: Results) -> None:
        """Look into `results`."""
        self._results = results
        self._known: OrderedDict[tuple[tuple[str, str], ...], pl.Series] = OrderedDict()
        self._values: dict[str, tuple[str, ...]] = {}
        self._lock = Lock()
        heights = results.index.group_by("part").len().sort("part") if results.index.height else None
        counted = dict(heights.iter_rows()) if heights is not None else {}
        sizes = [counted.get(number, 0) for number in range(len(results.parts))]
        self._starts = [0, *accumulate(sizes)]
        self._numbers = {part.name: number for number, part in enumerate(results.parts)}

    def page(self, asked: Asked) -> Slice:
        """Return the page that is asked for; a number beyond the last page counts as the last."""
        found = self.find(asked)
        pages = max(1, -(-len(found) // PAGE))
        page = min(asked.number(), pages)
        start = (page - 1) * PAGE
        rows = self._results.index[found.slice(start, PAGE)].to_dicts()
        return Slice(tuple(rows), len(found), page, pages, start)

    def find(self, asked: Asked) -> pl.Series:
        """Return the places of all attempts that are asked for, in order."""
        key = tuple(sorted(asked.only(*COLUMN, "score", "text", "label", "sort").items()))
        if asked.get("label") is not None:
            key = (*key, ("labels", labels_stamp(self._results.study.path)))
        with self._lock:  # one search at a time: memory, not time, is what a large study lacks
            if key not in self._known:
                self._known[key] = self._found(asked)
                while len(self._known) > REMEMBERED:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            return self._known[key]

    def at(self, asked: Asked) -> int | None:
        """Return the place of the attempt that is asked for, None where there is none.

        It may be called as labels know it; then it is looked for among those that the filters let through.
        """
        run = asked.get("run") or ""
        name, _, row = run.rpartition("-")
        number = self._numbers.get(name)
        if _LABELLED.fullmatch(run):
            among = self._results.index.with_row_index("place")[self.find(asked)].select(
                "place", "part", "row"
            )
            return next((place for one, place in identified(self._results, among) if one == run), None)
        if number is None or not (row.isascii() and row.isdigit() and len(row) < PAGE):
            return None
        place = self._starts[number] + int(row)
        return place if place < self._starts[number + 1] else None

    def named(self, row: dict[str, Any]) -> str:
        """Return what an attempt of the index is called in addresses."""
        return f"{self._results.parts[row['part']].name}-{row['row']}"

    def values(self, name: str) -> tuple[str, ...]:
        """Return what a filter may be."""
        if name not in self._values:
            found = self._results.index[COLUMN[name]].unique().cast(pl.String).drop_nulls().sort()
            self._values[name] = tuple(found)
        return self._values[name]

    def row(self, place: int) -> dict[str, Any]:
        """Return an attempt of the index."""
        return self._results.index.row(place, named=True)

    def _found(self, asked: Asked) -> pl.Series:
        wanted = [
            pl.col(column) == value
            for name, column in COLUMN.items()
            if (value := asked.get(name)) is not None
        ]
        scored = _score(asked.get("score"))
        order = asked.get("sort") or ""
        by = [name for name in SORTS if name == order.removeprefix("-")]
        rows = self._results.index.lazy().with_row_index("place")
        for one in (*wanted, *([] if scored is None else [scored])):
            rows = rows.filter(one)
        said = asked.get("text")
        kept = rows.select("place", "part", "row", *by).collect()
        if said is not None:
            kept = self._searched(kept, said)
        label = asked.get("label")
        if label is not None:
            kept = labelled(self._results, kept, label)
        if by:
            kept = kept.sort(by, descending=order.startswith("-"), nulls_last=True, maintain_order=True)
        return kept["place"]

    def _searched(self, kept: pl.DataFrame, said: str) -> pl.DataFrame:
        """Return the attempts whose text holds `said`, whatever the case of its letters."""
        if "text" not in self._results.columns:
            return kept.clear()
        holds = pl.col("text").str.contains(f"(?i){pl.escape_regex(said)}")
        found = [kept.clear()]
        for (number,), own in kept.group_by("part", maintain_order=True):
            part = self._results.of(int(str(number)))
            if "text" in part.collect_schema():
                rows = part.select("text").with_row_index("row").filter(holds).select("row").collect()
                found.append(own.join(rows, on="row", how="semi", maintain_order="left"))
        return pl.concat(found)


def _score(said: str | None) -> pl.Expr | None:
    """Return the filter of a score: a number, `none`, `partial`, or ends such as ``0.25..0.75``."""
    if said is None:
        return None
    if said == "none":
        return pl.col("score").is_null()
    if said == "partial":
        return (pl.col("score") > 0) & (pl.col("score") < 1)
    ends = _RANGE.fullmatch(said)
    if ends:
        return pl.col("score").is_between(float(ends[1]), float(ends[2]))
    try:
        return pl.col("score") == float(said)
    except ValueError:
        return pl.lit(value=False)
