"""What the log tells of tasks, and the records as events left them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasklaws.core.tables import TASKS, validate
from tasklaws.study.log import Log
from tasklaws.study.task_history import (
    ADJUST,
    FREEZE,
    RETIRE,
    TaskHistory,
    as_events_left_them,
    content_hash,
    task_histories,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.study.log import Entry


def adjusted(
    before: str | None, after: str, field: str = "hint", value: Any = "x", **more: Any
) -> dict[str, Any]:
    return {
        "task_id": "t",
        "version_before": before,
        "version_after": after,
        "hash_before": "a" * 64,
        "hash_after": "b" * 64,
        "field": field,
        "before": None,
        "after": value,
        "reason": "stuck",
        "pilots": [],
        "baselines": [],
        "fields": {},
    } | more


def entries(folder: Path, *written: tuple[str, dict[str, Any]]) -> tuple[Entry, ...]:
    log = Log(folder / "log.jsonl")
    for kind, payload in written:
        log.append(kind, payload)  # type: ignore[arg-type]
    return log.entries()


def records(*versions: str | None, **more: Any) -> pl.DataFrame:
    rows = [
        {"task_id": "t", "task_family": "f", "metric": f"m{i}", "version": version, "floor": 0.25} | more
        for i, version in enumerate(versions)
    ]
    rows.append({"task_id": "other", "task_family": "f", "metric": "m0", "version": "1", "floor": 0.0})
    return validate(pl.DataFrame(rows, schema_overrides={"version": pl.String}), TASKS)


@pytest.mark.parametrize(
    ("stated", "now"), [(None, "3"), ("2", "3"), ("3", "3"), ("7", "7"), ("1", "1")], ids=str
)
def test_adjustments_lead_on_from_the_version_that_a_record_states(
    tmp_path: Path, stated: str | None, now: str
) -> None:
    told = entries(tmp_path, (ADJUST, adjusted(None, "2")), (ADJUST, adjusted("2", "3")))
    shown = as_events_left_them(records(stated), told)
    assert shown["version"].to_list() == [now, "1"]
    # Written back, as an import does with all records, it stays as it is.
    assert as_events_left_them(shown, told).equals(shown)


def test_a_column_that_was_adjusted_is_shown_so_under_every_metric(tmp_path: Path) -> None:
    told = entries(tmp_path, (ADJUST, adjusted("1", "2", "floor", 1.0)), (ADJUST, adjusted("2", "3")))
    shown = as_events_left_them(records("1", "1"), told)
    assert shown["floor"].to_list() == [1.0, 1.0, 0.0]
    assert shown.schema == records("1").schema


def test_without_adjustments_records_are_as_they_were(tmp_path: Path) -> None:
    frozen = {"tasks": {"t": {"version": "1", "content_hash": "a"}}, "without_pilot": []}
    table = records("1")
    assert as_events_left_them(table, entries(tmp_path, (FREEZE, frozen))) is table
    assert as_events_left_them(TASKS.empty(), entries(tmp_path, (ADJUST, adjusted("1", "2")))).is_empty()


def test_histories_gather_the_events_of_each_task(tmp_path: Path) -> None:
    frozen = {
        "tasks": {
            "t": {"version": "2", "content_hash": "b"},
            "other": {"version": "1", "content_hash": "c"},
        },
        "without_pilot": ["other"],
    }
    found = task_histories(
        entries(
            tmp_path,
            ("import", {"import_id": "x"}),
            (ADJUST, adjusted("1", "2", pilots=["p1", "p2"], fields={"hint": "x"})),
            (FREEZE, frozen),
            (RETIRE, {"task_id": "other", "version": "1", "reason": "leaked"}),
        )
    )
    assert sorted(found) == ["other", "t"]
    t = found["t"]
    assert (t.adjustments[0].seq, t.adjustments[0].pilots) == (1, ("p1", "p2"))
    assert t.adjustments[0].payload() == adjusted("1", "2", pilots=["p1", "p2"], fields={"hint": "x"})
    assert (t.frozen("1"), t.made("1")) == (None, None)
    assert t.fields("2") == {"hint": "x"}
    assert t.fields("1") == {}
    frozen_t, retired = t.frozen("2"), found["other"].retirement
    assert frozen_t is not None
    assert (frozen_t.content_hash, frozen_t.seq) == ("b", 2)
    assert retired is not None
    assert retired.reason == "leaked"
    assert t.versions() == {"1", "2"}


def test_a_time_belongs_to_the_version_it_states_or_was_left_behind_with(tmp_path: Path) -> None:
    told = entries(
        tmp_path,
        (ADJUST, adjusted(None, "2", pilots=["p1"], baselines=["b1"])),
        (ADJUST, adjusted("2", "3", pilots=["p2"])),
    )
    t = task_histories(told)["t"]
    assert [t.version_of_time(run, None, "3") for run in ("p1", "b1", "p2", "new")] == ["1", "1", "2", "3"]
    assert t.version_of_time("p1", "3", "3") == "3"
    assert TaskHistory().version_of_time("any", None, None) is None


def test_the_content_hash_is_of_what_the_task_is_and_not_of_what_was_measured() -> None:
    row = records("1").row(0, named=True)
    plain = content_hash([row], {})
    assert (
        content_hash([row | {"human_minutes": 9.0, "weight": 2.0, "n_items": 7, "version": "5"}], {}) == plain
    )
    changed = [{"floor": 0.5}, {"ceiling": 0.9}, {"direction": "lower"}, {"content_hash": "z"},
               {"task_family": "g"}, {"metric": "n"}, {"task_id": "u"}]  # fmt: skip
    others = [content_hash([row | one], {}) for one in changed] + [content_hash([row], {"hint": "x"})]
    assert len({plain, *others}) == 9
    two = records("1", "1").head(2).to_dicts()
    assert content_hash(two, {}) == content_hash(two[::-1], {})
