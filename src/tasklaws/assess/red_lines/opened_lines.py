"""The red lines of all sealed forecasts, with what came of those that were opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.assess.opening import of_scores, unopened, verified_bytes
from tasklaws.assess.red_lines.sealed_lines import score_lines
from tasklaws.assess.sealed import read_sealed
from tasklaws.assess.selection import select
from tasklaws.core.errors import TasklawsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.study.folder import Study


def opened_lines(study: Study) -> tuple[dict[str, Any], ...]:
    """Return the red lines of every sealed forecast, scored where it was opened.

    Raises:
        VerificationFailed: a file is not what was sealed.
    """
    entries = study.log.entries()
    waiting = {entry.payload["sha256"] for entry in unopened(entries)}
    made: list[dict[str, Any]] = []
    for seal in (entry for entry in entries if entry.kind == "seal" and of_scores(entry)):
        document = read_sealed(verified_bytes(study, seal), str(seal.payload["file"])).document
        if "red_lines" not in document:
            continue
        sha256 = str(seal.payload["sha256"])
        scores = {} if sha256 in waiting else _scores(study, document)
        named = {"target": document["target"], "sha256": sha256, "label": document["label"]}
        made += [{**named, "opened": sha256 not in waiting, **one} for one in score_lines(document, scores)]
    return tuple(made)


def _scores(study: Study, document: Mapping[str, Any]) -> dict[str, float]:
    """Return the target's score on each task; none where the study forecasts another metric by now."""
    try:
        selection = select(study)
    except TasklawsError:
        return {}
    if selection.metric != document["metric"]:
        return {}
    cells = selection.cells.filter((pl.col("model") == document["target"]) & (pl.col("n") > 0))
    return dict(cells.select("task_id", pl.coalesce("k", "sum") / pl.col("n")).iter_rows())
