"""The block `tasks`: what was asked, family by family, and whether its hardness was locked before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.provenance import canonical_json, sha256_hex
from tasklaws.dossier.absent import NOT_APPLICABLE, NOT_GRANTED, absent
from tasklaws.dossier.figures._block import SCORES, Block

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.dossier.figures._seen import Seen
    from tasklaws.study.task_history import TaskHistory

Row = dict[str, Any]

FOREIGN = "not a family of tasklaws, by its tasks' content hashes"
NO_HASH = "the source gives no content hash of some task"
NO_VERSION = "the source names no version"
NO_TOOL = "no path of the family uses a tool"


def tasks(seen: Seen) -> list[Row]:
    """Return one row per family with results, by its name."""
    from tasklaws.study.task_history import task_histories

    cells, _ = seen.target_cells()
    asked = cells.select("task_family", "task_id").unique().sort("task_family", "task_id")
    told = task_histories(seen.log.entries())
    records = _records(seen)
    return [
        _family_row(str(name), part["task_id"].to_list(), records, told)
        for (name,), part in asked.group_by("task_family", maintain_order=True)
    ]


def _records(seen: Seen) -> dict[str, Row]:
    """Return the record of each task, of the metric that is forecast where there are several."""
    cells, _ = seen.target_cells()
    metric = cells["metric"][0] if cells.height else None
    rows = seen.tasks().sort("task_id", "metric").to_dicts()
    return {row["task_id"]: row for row in sorted(rows, key=lambda row: row["metric"] == metric)}


def _family_row(
    name: str, asked: list[str], records: Mapping[str, Row], told: Mapping[str, TaskHistory]
) -> Row:
    known = [records.get(task, {}) for task in asked]
    hashes = [row.get("content_hash") for row in known]
    versions = sorted({str(row["version"]) for row in known if row.get("version") is not None})
    ours = _sizes(name, dict(zip(asked, hashes, strict=True)))
    return {
        "family": name,
        "n_tasks": len(asked),
        "version": ", ".join(versions) if versions else absent(NOT_GRANTED, NO_VERSION),
        "sha256": absent(NOT_GRANTED, NO_HASH)
        if None in hashes
        else sha256_hex(canonical_json(sorted(hashes))),
        "structure": _structure(name, ours) if ours else absent(NOT_APPLICABLE, FOREIGN),
        "tool_exactness": _exactness(name) if ours else absent(NOT_APPLICABLE, FOREIGN),
        "hardness_locked_at": _locked(asked, records, told),
    }


def _sizes(name: str, hashes: Mapping[str, str | None]) -> list[int]:
    """Return the sizes of the tasks; none where they are not, to the letter, of a family of the catalogue."""
    from tasklaws.families import FAMILIES

    sizes = {task: task.removeprefix(f"{name}/") for task in hashes}
    if name not in FAMILIES or not all(size.isdecimal() and int(size) > 0 for size in sizes.values()):
        return []
    same = all(FAMILIES[name].content_hash(int(size)) == hashes[task] for task, size in sizes.items())
    return sorted(map(int, sizes.values())) if same else []


def _structure(name: str, sizes: list[int]) -> str:
    """Return the four traits in words, how many steps the tasks have, and how many must follow each other."""
    from tasklaws.families import FAMILIES
    from tasklaws.spec.structure import span, traits, work

    plans = [FAMILIES[name].plan(size) for size in sizes]
    kinds = [traits(plan) for plan in plans]
    words = [
        _kind([one.sequential for one in kinds], "sequential", "parallel"),
        _kind([one.tool for one in kinds], "needs a tool", "no tool needed"),
        _kind([one.deterministic for one in kinds], "deterministic", "not deterministic"),
        _kind([one.knowledge for one in kinds], "needs knowledge", "no knowledge needed"),
        f"steps: {_range([work(plan) for plan in plans])}",
        f"longest chain: {_range([span(plan) for plan in plans])}",
    ]
    return "; ".join(words)


def _kind(found: list[bool], yes: str, no: str) -> str:
    if len(set(found)) > 1:
        return f"{yes} at some sizes"
    return yes if found[0] else no


def _range(values: list[int]) -> str:
    return f"{min(values)} to {max(values)}" if min(values) < max(values) else str(values[0])


def _exactness(name: str) -> Any:  # noqa: ANN401
    """Return the measured strictness of the family's tools in words."""
    from tasklaws.families import FAMILIES
    from tasklaws.tools import TOOLS

    used = sorted({path.tool for path in FAMILIES[name].paths if path.tool is not None})
    if not used:
        return absent(NOT_APPLICABLE, NO_TOOL)
    told = {tool: TOOLS[tool].strictness for tool in used}
    return "; ".join(
        f"{tool}: {one.sigma:.2f} ({one.lower:.2f} to {one.upper:.2f}) of one-token mistakes are fatal"
        for tool, one in told.items()
    )


def _locked(asked: list[str], records: Mapping[str, Row], told: Mapping[str, TaskHistory]) -> Any:  # noqa: ANN401
    """Return when the last of the tasks was frozen, at the version that it has now."""
    frozen = [
        told[task].frozen(records.get(task, {}).get("version")) if task in told else None for task in asked
    ]
    times = [one.at for one in frozen if one is not None]
    if len(times) < len(asked):
        return absent(NOT_GRANTED, f"{len(times)} of {len(asked)} tasks were frozen as they stand")
    return max(times)


BLOCK = Block(tasks, (*SCORES, "tasks.parquet"))
