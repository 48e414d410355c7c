"""METR's `runs.jsonl`: one attempt of one agent, or of one human, per line.

METR's `alias` becomes `model`. Every run gives two metrics: `score_binarized`, which METR's
horizons rest on, and `score_cont` (called `score` in older files). Rows of the alias ``human`` are
times, not attempts of a model. A release-date file among the paths gives the ladder.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadInput, BadTable
from tasklaws.core.tables import HUMAN_TIMES, RUNS, TASKS
from tasklaws.spec.importer import Imported, Importer, ImportOptions, Quarantined
from tasklaws.spec.ladder import Rung
from tasklaws.spec.source import expand, read_json_lines, read_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HUMAN = "human"
LINEAGE = "metr"
NEEDED = ("run_id", "task_id", "task_family", "alias", "score_binarized")
ENDINGS = {None: "submitted", "usageLimits": "limit"}
"""`fatal_error_from` -> outcome; every other value is an error."""

_KEPT: dict[str, pl.DataType | type[pl.DataType]] = {
    **dict.fromkeys(("time_limit", "fatal_error_from", "task_source", "scaffold"), pl.String),
    **dict.fromkeys(
        ("invsqrt_task_weight", "equal_task_weight", "generation_cost", "human_score"), pl.Float64
    ),
}
"""Columns of METR's that are kept as they are."""
_ASIDE = re.compile(r"\s*\([^()]*\)$")


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:  # noqa: ARG001
    """Return METR's runs; `options` play no part."""
    files = expand(paths, ("*.jsonl", "*.jsonl.gz", "*.yaml", "*.yml"))
    dates = [file for file in files if file.suffix in {".yaml", ".yml"}]
    rows: list[dict[str, Any]] = []
    warnings: list[str] = []
    quarantined: list[Quarantined] = []
    for file in (file for file in files if file not in dates):
        read_rows, notes = read_json_lines(file)
        kept, aside = _usable(read_rows, file.name)
        rows, warnings, quarantined = rows + kept, warnings + notes, quarantined + aside
    agents = [row for row in rows if row["alias"] != HUMAN]
    rungs, undated = _rungs(agents, dates)
    return Imported(
        rows=len(rows),
        runs=_runs(agents),
        tasks=_tasks(rows),
        human=_human([row for row in rows if row["alias"] == HUMAN]),
        rungs=rungs,
        axis="released" if rungs else None,
        quarantined=tuple(quarantined),
        warnings=(*warnings, *undated),
    )


def _usable(rows: list[dict[str, Any]], file: str) -> tuple[list[dict[str, Any]], list[Quarantined]]:
    kept, aside = [], []
    for number, row in enumerate(rows, 1):
        missing = [name for name in NEEDED if name not in row]
        if missing:
            raise BadTable(
                f"{file}, row {number}: {missing[0]!r} is missing.",
                "METR's runs have it.",
                "Export it again.",
            )
        score = row["score_binarized"]
        if score is not None and score not in (0, 1):
            aside.append(Quarantined(file, number, f"score_binarized is {score}, not 0 or 1"))
        else:
            kept.append({"score_cont": row.get("score"), **row})
    return kept, aside


def _runs(rows: list[dict[str, Any]]) -> pl.DataFrame:
    attempts: Counter[tuple[str, str, str]] = Counter()
    told: list[dict[str, Any]] = []
    for row in rows:
        harness = _harness(row)
        place = (row["alias"], row["task_id"], harness)
        attempt = {
            "model": row["alias"],
            "task_family": row["task_family"],
            "task_id": row["task_id"],
            "instance_id": row["task_id"],
            "epoch": attempts[place],
            "harness_id": harness,
            "outcome": ENDINGS.get(row.get("fatal_error_from"), "error"),
            "run_id": str(row["run_id"]),
            "started_at": _time(row.get("started_at")),
            "completed_at": _time(row.get("completed_at")),
            "tokens": row.get("total_tokens") or row.get("tokens_count") or row.get("generation_tokens"),
            **{name: row.get(name) for name in _KEPT},
        }
        told += [
            attempt | {"metric": metric, "score": row[metric]} for metric in ("score_binarized", "score_cont")
        ]
        attempts[place] += 1
    return pl.DataFrame(told, schema=dict(RUNS.dtypes()) | _KEPT, strict=False)


def _harness(row: dict[str, Any]) -> str:
    limit = row.get("time_limit")
    return f"time_limit={limit}s" if limit else "default"


def _time(milliseconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(milliseconds / 1000, UTC) if milliseconds else None


def _human(rows: list[dict[str, Any]]) -> pl.DataFrame:
    told = [
        {
            "task_family": row["task_family"],
            "task_id": row["task_id"],
            "run_id": str(row["run_id"]),
            "minutes": ((row.get("completed_at") or 0) - (row.get("started_at") or 0)) / 60_000 or None,
            "score": row["score_binarized"],
            "outcome": ENDINGS.get(row.get("fatal_error_from"), "error"),
            "source": row.get("human_source"),
            "score_cont": row["score_cont"],
        }
        for row in rows
    ]
    return pl.DataFrame(told, schema=dict(HUMAN_TIMES.dtypes()) | {"score_cont": pl.Float64}, strict=False)


def _tasks(rows: list[dict[str, Any]]) -> pl.DataFrame:
    told = {
        (row["task_id"], metric): {
            "task_id": row["task_id"],
            "task_family": row["task_family"],
            "metric": metric,
            "direction": "higher",
            "floor": 0.0,
            "n_items": 1,
            "identical_items": True,
            "human_minutes": row.get("human_minutes"),
            "human_source": row.get("human_source"),
        }
        for row in rows
        for metric in ("score_binarized", "score_cont")
    }
    return pl.DataFrame(list(told.values()), schema=dict(TASKS.dtypes()), strict=False)


def _rungs(rows: list[dict[str, Any]], files: list[Path]) -> tuple[tuple[Rung, ...], list[str]]:
    dates = {name: released for file in files for name, released in _dates(file).items()}
    aliases = list(dict.fromkeys(row["alias"] for row in rows))
    rungs = tuple(
        Rung(alias, LINEAGE, released=released, source=files[0].name)
        for alias in aliases
        if (released := _released(alias, dates)) is not None
    )
    undated = [alias for alias in aliases if _released(alias, dates) is None] if files else []
    return rungs, [f"no release date for {', '.join(undated)}"] if undated else []


def _released(alias: str, dates: dict[str, date]) -> date | None:
    """Return the date under `alias`, or under the one name that is `alias` with an aside in brackets."""
    if alias in dates:
        return dates[alias]
    same = {released for name, released in dates.items() if _ASIDE.sub("", name) == alias}
    return same.pop() if len(same) == 1 else None


def _dates(file: Path) -> dict[str, date]:
    import yaml

    try:
        document = yaml.safe_load(read_text(file))
    except (yaml.YAMLError, RecursionError) as error:
        reason = str(error).replace("\n", " ")
        raise BadInput(
            f"{file.name}: {reason}.", "Dates are plain YAML without tags.", "Correct the file."
        ) from None
    dates = document.get("date") if isinstance(document, dict) else None
    if not isinstance(dates, dict) or not all(isinstance(value, date) for value in dates.values()):
        raise BadInput(
            f"{file.name}: no table 'date' of names and dates.", "METR's file has one.", "Correct the file."
        )
    return {str(name): value for name, value in dates.items()}


IMPORTER = Importer(
    name="metr",
    summary="METR's runs.jsonl (plain or .gz), with release_dates.yaml beside it for the ladder",
    source="METR, eval-analysis-public, data/external/all_runs.jsonl and release_dates.yaml",
    status="published",
    read=read,
)
