"""Gadre et al.'s test bed: `models/*.json`, `evals/*.json` and `eval_metadata.csv`.

The metadata's item counts are wrong for ARC-Challenge (values are multiples of 1/1172), and some
scores are means over subsets, whose k is then a fraction.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import BadTable
from tasklaws.core.tables import CELLS, TASKS
from tasklaws.spec.importer import Imported, Importer, ImportOptions
from tasklaws.spec.ladder import Rung
from tasklaws.spec.quantity import quantity
from tasklaws.spec.source import expand, read_csv, read_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

CORRECTED_N = {"arc_challenge": 1172}
"""Items where the metadata is wrong: the values fit this count and not that of the metadata."""

SUBSET_MEANS = ("mmlu", "mmlu_zeroshot", "bbq", "jeopardy")
"""Scores that are unweighted means over subsets: k is a fraction and n the items of all subsets."""

LOSS_SET = "c4_val/"
_EVALUATION = re.compile(r"evaluation_(?P<model>.+)_heavy\.json")


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:  # noqa: ARG001
    """Return the cells and rungs of all evaluated models; `options` play no part."""
    files = expand(paths, ("models/*.json", "evals/*.json", "eval_metadata.csv"))
    metadata = _metadata([file for file in files if file.suffix == ".csv"])
    evaluations = {match["model"]: file for file in files if (match := _EVALUATION.fullmatch(file.name))}
    records = [
        read_json(file) for file in files if file.suffix == ".json" and file not in evaluations.values()
    ]
    rungs = tuple(_rung(record) for record in records)
    rows = [row for model, file in evaluations.items() for row in _cells(model, file, metadata)]
    if not rows:
        raise BadTable(
            "gadre: 0 rows, no evals/*.json among the paths.", "Results stand there.", "Add the folder."
        )
    found = {row["task_id"] for row in rows}
    untold = sorted(set(evaluations) - {rung.model for rung in rungs})
    return Imported(
        rows=len(rows),
        cells=pl.DataFrame(rows, schema=dict(CELLS.dtypes())),
        tasks=_tasks(metadata, found),
        rungs=rungs,
        axis="flops",
        warnings=(
            *_n_notes(found),
            *([f"{len(untold)} models have no models/*.json, such as {untold[0]}"] if untold else []),
        ),
    )


def _n_notes(found: set[str]) -> list[str]:
    corrected = [
        f"{task}: n = {n}, not that of the metadata" for task, n in CORRECTED_N.items() if task in found
    ]
    means = [task for task in SUBSET_MEANS if task in found]
    return corrected + ([f"means over subsets, so k is a fraction: {', '.join(means)}"] if means else [])


def _metadata(files: Sequence[Path]) -> dict[str, dict[str, Any]]:
    if not files:
        raise BadTable(
            "gadre: eval_metadata.csv is not among the paths.", "It holds n and chance rates.", "Add it."
        )
    rows = [
        row
        for file in files
        for row in read_csv(file).to_dicts()
        if row.get("Eval Task") and row.get("#datapoints")
    ]
    return {
        task: {
            "n": CORRECTED_N.get(
                task, int(quantity(row["#datapoints"], f"eval_metadata.csv, {task}, #datapoints"))
            ),
            "floor": quantity(row["Random baseline"], f"eval_metadata.csv, {task}, Random baseline") / 100,
            "family": row["Task Category"],
        }
        for row in rows
        for task in [row["Eval Task"]]
    }


def _cells(model: str, file: Path, metadata: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    try:
        scores: dict[str, float] = read_json(file)["eval_metrics"]["icl"]
    except (KeyError, TypeError):
        raise BadTable(
            f"{file.name}: no eval_metrics.icl.", "Evaluations have it.", "Check the file."
        ) from None
    unknown = sorted(set(scores) - set(metadata))
    if unknown:
        raise BadTable(
            f"{file.name}: task {unknown[0]!r} is not in the metadata.", "n stands there.", "Add it."
        )
    return [
        {
            "model": model,
            "task_family": metadata[task]["family"],
            "task_id": task,
            "metric": "accuracy",
            "harness_id": "default",
            "elicitation": "heavy",
            "n": metadata[task]["n"],
            "k": value * metadata[task]["n"],
        }
        for task, value in scores.items()
    ]


def _rung(record: dict[str, Any]) -> Rung:
    try:
        return _told(record, record["hyperparameters"])
    except (KeyError, TypeError, IndexError, ValueError) as error:
        name = shown(record.get("name", record))
        raise BadTable(
            f"gadre: the model {name!r} lacks {error}.", "models/*.json have it.", "Check the file."
        ) from None


def _told(record: dict[str, Any], settings: dict[str, Any]) -> Rung:
    losses = [result["loss"] for result in record["results"] if LOSS_SET in result["val_data"][0]]
    return Rung(
        record["name"],
        f"gadre-{record['dataset_name']}",
        n_params=float(settings["params"]),
        n_tokens=float(settings["tokens"]),
        loss_nats=losses[0] if losses else None,
        loss_corpus="c4_val" if losses else None,
        params_kind="total",
        source="arXiv 2403.08540",
    )


def _tasks(metadata: dict[str, dict[str, Any]], found: set[str]) -> pl.DataFrame:
    rows = [
        {
            "task_id": task,
            "task_family": about["family"],
            "metric": "accuracy",
            "direction": "higher",
            "floor": about["floor"],
            "n_items": about["n"],
            "identical_items": True,
        }
        for task, about in metadata.items()
        if task in found
    ]
    return pl.DataFrame(rows, schema=dict(TASKS.dtypes()))


IMPORTER = Importer(
    name="gadre",
    summary="the over-training models of Gadre et al.: models/, evals/, eval_metadata.csv; writes the ladder",
    source="mlfoundations/scaling, exp_data; Gadre et al., arXiv 2403.08540",
    status="published",
    read=read,
)
