"""Rungs of a ladder from columns of a results table."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.importers._attempts import moment
from tasklaws.spec.ladder import Rung
from tasklaws.spec.quantity import quantity

if TYPE_CHECKING:
    from tasklaws.importers._column_map import ColumnMap

_TEXT = frozenset({"model", "lineage", "replicate", "loss_corpus", "source", "params_kind", "flops_source"})
_YEAR_DAYS = 365.25


def rungs_of(raw: pl.DataFrame, said: ColumnMap, source: str) -> tuple[Rung, ...]:
    """Return the rungs that the columns named in the map's ``[ladder]`` tell of, one per distinct row."""
    if not said.ladder:
        return ()
    named = said.ladder.get("model")
    columns = {name: pl.concat_str(list(where.column), separator="/") for name, where in said.ladder.items()}
    model = (
        columns["model"]
        if named
        else pl.concat_str(list(said.columns.get("model", ("model",))), separator="/")
    )
    distinct = raw.select(**(columns | {"model": model})).unique(maintain_order=True)
    return tuple(_rung(row, said, source) for row in distinct.iter_rows(named=True))


def _rung(row: dict[str, Any], said: ColumnMap, source: str) -> Rung:
    known = {name: text for name, text in row.items() if text not in (None, "")}
    told: dict[str, Any] = {
        name: _covariate(name, text, said, f"{source}, {row['model']}, {name}")
        for name, text in known.items()
    }
    return Rung(**told)


def _covariate(name: str, text: str, said: ColumnMap, place: str) -> str | float | date | None:
    if name in _TEXT:
        return text
    where = said.ladder[name]
    if name == "released":
        since = where.since
        return (
            since + timedelta(days=round(quantity(text, place) * _YEAR_DAYS)) if since else _day(text, place)
        )
    value = quantity(text, place) * where.scale
    return int(value) if name in {"seed", "step"} else value


def _day(text: str, place: str) -> date | None:
    time = moment(text, place)
    return time.date() if time else None
