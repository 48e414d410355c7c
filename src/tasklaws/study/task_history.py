"""What the log tells of tasks: adjusted, frozen, retired; and which version everything belongs to.

A version of a task is immutable. An adjustment is an event in `log.jsonl` that leads from one version to the
next; the record in `tasks.parquet` stays as it was imported, and `Study.tasks` shows it as events left it.
A version's content hash is of the record and of the fields that adjustments gave it, so that the study, as
it lies there, can be held to what was frozen.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.spec.life_cycle import FIRST

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import polars as pl

    from tasklaws.study.log import Entry

ADJUST: Final = "adjust"
FREEZE: Final = "freeze"
RETIRE: Final = "retire"

CONTENT = ("direction", "floor", "ceiling", "content_hash")
"""Columns of a task record, per metric, that are part of what the task is, not measurements of it."""
ADJUSTABLE = ("direction", "floor", "ceiling")
"""Those that an adjustment may set; `content_hash` is the source's word on the version it delivered."""


@dataclass(frozen=True)
class Adjustment:
    """One change to a task, which made a new version of it."""

    task_id: str
    seq: int
    """Place in the log."""
    at: str
    """UTC time, ISO 8601."""
    version_before: str | None
    version_after: str
    hash_before: str
    hash_after: str
    field: str
    before: Any
    after: Any
    reason: str
    pilots: tuple[str, ...]
    """`run_id` of the pilots of the version before, on which the adjustment rests."""
    baselines: tuple[str, ...]
    """`run_id` of all other human times of the version before."""
    fields: Mapping[str, Any]
    """What the version after is given beside its record, by all adjustments so far."""

    @property
    def left_behind(self) -> frozenset[str]:
        """Return the human times that belong to the version before, by `run_id`."""
        return frozenset((*self.pilots, *self.baselines))

    def payload(self) -> dict[str, Any]:
        """Return what the log keeps."""
        return {
            "task_id": self.task_id,
            "version_before": self.version_before,
            "version_after": self.version_after,
            "hash_before": self.hash_before,
            "hash_after": self.hash_after,
            "field": self.field,
            "before": self.before,
            "after": self.after,
            "reason": self.reason,
            "pilots": list(self.pilots),
            "baselines": list(self.baselines),
            "fields": dict(self.fields),
        }

    def document(self) -> dict[str, Any]:
        """Return the JSON of the event."""
        return {"at": self.at, **{key: one for key, one in self.payload().items() if key != "task_id"}}


@dataclass(frozen=True)
class Freeze:
    """A version was frozen."""

    at: str
    seq: int
    version: str | None
    content_hash: str

    def document(self) -> dict[str, Any]:
        """Return the JSON of the event."""
        return {"at": self.at, "version": self.version, "content_hash": self.content_hash}


@dataclass(frozen=True)
class Retirement:
    """A task was retired."""

    at: str
    version: str | None
    reason: str

    def document(self) -> dict[str, Any]:
        """Return the JSON of the event."""
        return {"at": self.at, "version": self.version, "reason": self.reason}


@dataclass(frozen=True)
class TaskHistory:
    """All that the log tells of one task, in order."""

    adjustments: tuple[Adjustment, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    retirement: Retirement | None = None

    def path_from(self, stated: str | None) -> tuple[Adjustment, ...]:
        """Return the adjustments that lead on from the version that a record states."""
        path: list[Adjustment] = []
        for one in self.adjustments:
            if one.version_before == (path[-1].version_after if path else stated):
                path.append(one)
        return tuple(path)

    def made(self, version: str | None) -> Adjustment | None:
        """Return the adjustment that made `version`; None where it was imported so."""
        return next((one for one in self.adjustments if one.version_after == version), None)

    def frozen(self, version: str | None) -> Freeze | None:
        """Return the event that froze `version`."""
        return next((one for one in self.freezes if one.version == version), None)

    def fields(self, version: str | None) -> Mapping[str, Any]:
        """Return what adjustments gave `version` beside its record."""
        made = self.made(version)
        return made.fields if made else {}

    def versions(self) -> set[str | None]:
        """Return every version that the log names."""
        ends = {end for one in self.adjustments for end in (one.version_before, one.version_after)}
        return ends | {one.version for one in self.freezes}

    def version_of_time(self, run_id: str, stated: str | None, now: str | None) -> str | None:
        """Return the version that a human time was taken at.

        It is what the time states; else the one that an adjustment left it behind with; else that of now.
        """
        if stated is not None:
            return stated
        left = (one.version_before or FIRST for one in self.adjustments if run_id in one.left_behind)
        return next(left, now)


@dataclass
class _Gathered:
    adjustments: list[Adjustment] = field(default_factory=list)
    freezes: list[Freeze] = field(default_factory=list)
    retirement: Retirement | None = None

    def history(self) -> TaskHistory:
        return TaskHistory(tuple(self.adjustments), tuple(self.freezes), self.retirement)


def task_histories(entries: Iterable[Entry]) -> dict[str, TaskHistory]:
    """Return what the log tells of each task of which it tells anything."""
    found: defaultdict[str, _Gathered] = defaultdict(_Gathered)
    for entry in entries:
        said = entry.payload
        if entry.kind == ADJUST:
            found[said["task_id"]].adjustments.append(_adjustment(entry))
        elif entry.kind == FREEZE:
            for task_id, one in said["tasks"].items():
                frozen = Freeze(entry.at, entry.seq, one["version"], one["content_hash"])
                found[task_id].freezes.append(frozen)
        elif entry.kind == RETIRE:
            found[said["task_id"]].retirement = Retirement(entry.at, said["version"], said["reason"])
    return {task_id: one.history() for task_id, one in found.items()}


def _adjustment(entry: Entry) -> Adjustment:
    lists = {name: tuple(entry.payload[name]) for name in ("pilots", "baselines")}
    return Adjustment(seq=entry.seq, at=entry.at, **(entry.payload | lists))


def content_hash(rows: Collection[Mapping[str, Any]], fields: Mapping[str, Any]) -> str:
    """Return the SHA-256 of what a version of a task is.

    Args:
        rows: its records of the table ``tasks``, one per metric.
        fields: what adjustments gave it beside.
    """
    families = sorted({row["task_family"] for row in rows})
    metrics = {row["metric"]: {name: row[name] for name in CONTENT} for row in rows}
    names = sorted({row["task_id"] for row in rows})
    content = {"tasks": names, "families": families, "metrics": metrics, "fields": dict(fields)}
    return sha256_hex(canonical_json(content))


def with_versions(human: pl.DataFrame, entries: Collection[Entry]) -> pl.DataFrame:
    """Return human times, those that an adjustment left behind with the `task_version` before it."""
    import polars as pl

    told = {name: one for name, one in task_histories(entries).items() if one.adjustments}
    if not told:
        return human
    nothing = pl.Series("task_version", [None] * human.height, dtype=pl.String)
    stated = human["task_version"].cast(pl.String) if "task_version" in human.columns else nothing
    made = [
        told[task].version_of_time(run, own, None) if task in told else own
        for task, run, own in zip(human["task_id"], human["run_id"], stated, strict=True)
    ]
    return human.with_columns(pl.Series("task_version", made, dtype=pl.String))


def as_events_left_them(tasks: pl.DataFrame, entries: Iterable[Entry]) -> pl.DataFrame:
    """Return task records with the version, and the values, that adjustments gave them."""
    import polars as pl

    histories = {task: one for task, one in task_histories(entries).items() if one.adjustments}
    if not histories:
        return tasks
    rows = [
        _adjusted(row, histories[row["task_id"]]) if row["task_id"] in histories else row
        for row in tasks.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=tasks.schema) if rows else tasks


def _adjusted(row: dict[str, Any], history: TaskHistory) -> dict[str, Any]:
    path = history.path_from(row["version"])
    values = {one.field: one.after for one in path if one.field in ADJUSTABLE}
    return row | values | ({"version": path[-1].version_after} if path else {})
