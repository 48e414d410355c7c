"""New rows beside those a study holds: doubles dropped, contradictions refused."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import BadTable
from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.spec.ladder import Ladder, Rung
from tasklaws.spec.ladder_file import make_ladder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.core.tables import Schema

FIXED = ("task_family", "direction", "floor", "ceiling", "human_minutes", "content_hash")
"""What may not change about a task while its version stays: forecasts rest on it."""


def fresh_rows(new: pl.DataFrame, old: pl.DataFrame, declared: Schema) -> tuple[pl.DataFrame, int]:
    """Return the rows of `new` that `old` does not hold, each key once, and how many were dropped.

    Raises:
        BadTable: two rows share a key and differ in content; the message has both hashes.
    """
    names, key = list(declared.names), list(declared.key)
    both = pl.concat([old.select(names), new.select(names)])
    content = [name for name in names if name not in key]
    clash = both.filter(pl.struct(content).n_unique().over(key) > 1) if both.height else both
    if clash.height:
        _refuse_clash(clash, declared)
    kept = new.unique(key, keep="first", maintain_order=True).join(
        old.select(key), on=key, how="anti", nulls_equal=True, maintain_order="left"
    )
    return kept, new.height - kept.height


def _refuse_clash(clash: pl.DataFrame, declared: Schema) -> None:
    first = clash.row(0, named=True)
    same = clash.filter(pl.all_horizontal(pl.col(name).eq_missing(first[name]) for name in declared.key))
    second = next(row for row in same.iter_rows(named=True) if row != first)
    named = ", ".join(f"{name}={shown(first[name], 40)}" for name in declared.key if first[name] is not None)
    differing = ", ".join(
        f"{name} {first[name]} and {second[name]}" for name in first if first[name] != second[name]
    )
    raise BadTable(
        f"two rows of table {declared.name!r} have the same key ({named}) and different content: {differing} "
        f"(sha256 {_row_hash(first)} and {_row_hash(second)}).",
        "One key stands for one result.",
        "Tell the rows apart by epoch, instance_id or harness_id, or remove the earlier import.",
    )


def _row_hash(row: dict[str, Any]) -> str:
    return sha256_hex(canonical_json({name: str(value) for name, value in row.items()}))[:12]


def merge_tasks(old: pl.DataFrame, new: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return the task records of both; what one leaves null is taken from the other.

    Raises:
        BadTable: a task's floor, ceiling, human time, direction, family or text changed under one version.
    """
    records = {(row["task_id"], row["metric"]): row for row in old.iter_rows(named=True)}
    renewed = 0
    for row in new.iter_rows(named=True):
        key = (row["task_id"], row["metric"])
        before = records.get(key)
        if before and before["version"] != row["version"]:
            renewed += 1
        records[key] = row if not before or before["version"] != row["version"] else _merged_task(before, row)
    warnings = [f"{renewed} tasks came with a new version, which replaces the old"] if renewed else []
    table = pl.DataFrame(list(records.values()), schema=dict(old.schema)) if records else old
    return table.sort("task_id", "metric"), warnings


def _merged_task(before: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    for name in FIXED:
        if None not in (before[name], row[name]) and before[name] != row[name]:
            raise BadTable(
                f"task {shown(row['task_id'])!r} changed under version {row['version'] or '(none)'}: "
                f"{name} was {shown(before[name])}, now {shown(row[name])}.",
                "Results exist, so the task is fixed.",
                "Give the changed task a new version, or another task_id.",
            )
    return {name: value if row[name] is None else row[name] for name, value in before.items()}


def merge_ladders(old: Ladder, new: Sequence[Rung], axis: str | None) -> Ladder:
    """Return the rungs of both; a covariate that one leaves out is taken from the other.

    Raises:
        BadLadder: a model's covariates differ, or the whole is not a ladder.
    """
    rungs = {rung.model: _stated(rung) for rung in old}
    clashing: list[Rung] = []
    for rung in map(_stated, new):
        before = rungs.get(rung.model)
        if before and _differ(before, rung):
            clashing.append(rung)
        rungs[rung.model] = (
            _merged_rung(before, rung) if before and not _differ(before, rung) else before or rung
        )
    return make_ladder([*rungs.values(), *clashing], axis or (old.axis if len(old) else None))


def _stated(rung: Rung) -> Rung:
    """Return `rung` without compute that was only computed."""
    return replace(rung, flops=None, flops_source=None) if rung.flops_source == "6ND" else rung


def _differ(first: Rung, second: Rung) -> bool:
    pairs = ((getattr(first, f.name), getattr(second, f.name)) for f in fields(Rung) if f.name != "source")
    return any(a != b for a, b in pairs if a not in (None, ()) and b not in (None, ()))


def _merged_rung(before: Rung, rung: Rung) -> Rung:
    given = {f.name: getattr(rung, f.name) for f in fields(Rung) if getattr(rung, f.name) not in (None, ())}
    return replace(before, **given)
