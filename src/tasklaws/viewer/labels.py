"""What readers and flags said of attempts, and which attempts of the index that were.

Labels know an attempt by a hash of what tells it apart. Hashes are not in the index: they are taken of the
attempts that are looked for, which are few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.observation.labels import FOLDER, read_all, suggested
from tasklaws.assess.observation.transcripts import Transcript
from tasklaws.study.marks import ATTEMPT
from tasklaws.viewer.results import inside, stamp_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

    from tasklaws.assess.observation.labels import Label
    from tasklaws.viewer.results import Results

HINTS = "a flag's suggestion"
"""Who says what flags suggest."""
MOST = 100_000
"""Attempts that are looked through for one name, about two seconds."""


def labels_of(study: Path) -> dict[str, dict[str, Label]]:
    """Return reader -> attempt -> what was said of it; files that links lead to elsewhere are left out."""
    folder = study / FOLDER
    if not folder.is_dir() or not all(inside(path, study) for path in folder.iterdir()):
        return {}
    return {**read_all(study), HINTS: suggested(study)}


def labels_stamp(study: Path) -> str:
    """Return what changes when somebody labels an attempt."""
    folder = study / FOLDER
    return str([stamp_of(path) for path in sorted(folder.iterdir())]) if folder.is_dir() else ""


def attempt_id(row: Mapping[str, Any]) -> str:
    """Return the name by which labels know an attempt, of a row of its part."""
    said = {key: row[key] for key in ATTEMPT if row.get(key) is not None}
    return Transcript(task_family="", **said).attempt_id


def labelled(results: Results, kept: pl.DataFrame, label: str) -> pl.DataFrame:
    """Return those of some attempts (`place`, `part`, `row`) that somebody gave a label."""
    readers = labels_of(results.study.path).values()
    said = {name: one for labels in readers for name, one in labels.items() if one.label == label}
    pairs = pl.DataFrame(
        [(one.model, one.task_id) for one in said.values()],
        schema={"model": pl.String, "task_id": pl.String},
        orient="row",
    ).unique()
    about = results.index[kept["place"]].select(pl.col("model", "task_id").cast(pl.String))
    near = pl.concat([kept, about], how="horizontal").join(
        pairs, on=["model", "task_id"], how="semi", maintain_order="left"
    )
    found = [place for name, place in identified(results, near) if name in said]
    return kept.filter(pl.col("place").is_in(found))


def identified(results: Results, rows: pl.DataFrame) -> list[tuple[str, int]]:
    """Return the names by which labels know some attempts, with their places; of too many none."""
    if rows.height > MOST:
        return []
    made = []
    for (number,), own in rows.group_by("part", maintain_order=True):
        part = results.of(int(str(number)))
        there = [name for name in ATTEMPT if name in part.collect_schema()]
        numbered = part.select(there).with_row_index("row")
        joined = numbered.join(own.select("row", "place").lazy(), on="row", maintain_order="right").collect()
        made += [(attempt_id(row), row["place"]) for row in joined.iter_rows(named=True)]
    return made
