"""OLMo-ladder's CSVs: one file per training run, one row per evaluated checkpoint.

A run's scores and loss are the averages of its last five evaluations, which is how its authors
tame the noise of single checkpoints; with ``--steps all`` every evaluation is a rung of its own.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import BadTable
from tasklaws.core.tables import CELLS, TASKS
from tasklaws.spec.importer import Imported, Importer, ImportOptions
from tasklaws.spec.ladder import Rung
from tasklaws.spec.source import expand, read_csv

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

AVERAGED = 5
"""Evaluations at the end of a run that are averaged."""

N_PARAMS = {"190M": 190_354_176, "370M": 371_262_464, "760M": 758_220_288, "1B": 1_279_395_840}
"""Parameters of each size. Source: OLMo-ladder, MODEL_PARAMS (non-embedding)."""

N_ITEMS = {
    "mmlu_stem_val": 321,
    "mmlu_humanities_val": 518,
    "mmlu_social_sciences_val": 337,
    "mmlu_other_val": 355,
    "mmlu_stem_test": 3018,
    "mmlu_humanities_test": 4705,
    "mmlu_social_sciences_test": 3077,
    "mmlu_other_test": 3242,
    "hellaswag_val": 10042,
    "arc_easy_val": 570,
    "arc_easy_test": 2376,
    "arc_challenge_val": 299,
    "arc_challenge_test": 1172,
    "boolq_val": 3270,
    "csqa_val": 1221,
    "openbookqa_val": 500,
    "openbookqa_test": 500,
    "piqa_val": 1838,
    "socialiqa_val": 1954,
    "winogrande_val": 1267,
}
"""Items of each set, which the files do not hold; every accuracy of a checkpoint is a multiple of 1/n."""

FLOORS = {"boolq": 1 / 2, "piqa": 1 / 2, "winogrande": 1 / 2, "socialiqa": 1 / 3, "csqa": 1 / 5}
"""Chance rate where it is not 1/4."""

LOSS = "eval/c4_en-validation/CrossEntropyLoss"
_SCORE = re.compile(r"eval/downstream/(?P<task>(?P<set>.+)_rc_5shot)_(?P<metric>len_norm|acc)")
_RUN = re.compile(r"(?P<size>\w+)-(?P<multiple>[\d.]+)xC(?:-(?P<replicate>\w+))?")


def read(paths: Sequence[Path], options: ImportOptions) -> Imported:
    """Return the cells and rungs of every run; `options.steps` says which checkpoints."""
    files = expand(paths, ("*.csv",))
    cells, rungs, n_rows = [], [], 0
    for file in files:
        table = _evaluations(file)
        n_rows += table.height
        for model, step, part in _checkpoints(file, table, options):
            rungs.append(_rung(file, model, step, part))
            cells.append(_cells(model, part))
    table = pl.concat(cells)
    return Imported(
        rows=n_rows,
        cells=table.select(CELLS.names),
        tasks=_tasks(table),
        rungs=tuple(rungs),
        axis="flops",
        warnings=(
            "compute is 6 x parameters x tokens; the Gflops recorded in the files are 1.3 to 1.7 times that",
            "items per task are not in the files and taken from the public sets",
        ),
    )


def _evaluations(file: Path) -> pl.DataFrame:
    table = read_csv(file)
    for name in ("_step", LOSS, "throughput/total_tokens"):
        if name not in table.columns:
            raise BadTable(
                f"{file.name}: column {name!r} is missing.", "OLMo-ladder's CSVs have it.", "Export it again."
            )
    try:
        return table.cast(pl.Float64).sort("_step")
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise BadTable(f"{file.name}: {reason}.", "All columns are numbers.", "Correct the file.") from None


def _checkpoints(
    file: Path, table: pl.DataFrame, options: ImportOptions
) -> list[tuple[str, int | None, pl.DataFrame]]:
    name = file.name.removesuffix(".gz").removesuffix(".csv")
    if options.steps == "last":
        return [(name, None, table.tail(AVERAGED))]
    steps = table["_step"].cast(pl.Int64).to_list()
    return [(f"{name}@{step}", step, table[i : i + 1]) for i, step in enumerate(steps)]


def _rung(file: Path, model: str, step: int | None, part: pl.DataFrame) -> Rung:
    named = _RUN.match(model)
    if named is None or named["size"] not in N_PARAMS:
        raise BadTable(
            f"{file.name}: the name does not say a size.",
            f"Names are SIZE-MULTIPLExC with a size of {', '.join(N_PARAMS)}.",
            "Rename it, or import it with: table.",
        )
    return Rung(
        model,
        "olmo",
        n_params=float(N_PARAMS[named["size"]]),
        n_tokens=part["throughput/total_tokens"].drop_nulls()[-1],
        loss_nats=part[LOSS].mean(),  # type: ignore[arg-type]  # mean of a float column
        loss_corpus="c4_en-validation",
        step=step,
        replicate=named["replicate"],
        params_kind="non_embedding",
        source="OLMo-ladder, src/scripts/paper/data",
    )


def _cells(model: str, part: pl.DataFrame) -> pl.DataFrame:
    columns = {name: match for name in part.columns if (match := _SCORE.fullmatch(name))}
    rows = [
        {
            "model": model,
            "task_family": _family(match["set"]),
            "task_id": match["task"],
            "metric": "accuracy",
            "harness_id": "default",
            "elicitation": "rc_5shot",
            "n": N_ITEMS[match["set"]],
            "k": part[name].mean() * N_ITEMS[match["set"]],  # type: ignore[operator]  # mean of a float column
            "set": match["set"],
        }
        for name, match in columns.items()
        if match["set"] in N_ITEMS and part[name].count()
    ]
    return pl.DataFrame(rows, schema=dict(CELLS.dtypes()) | {"set": pl.String})


def _family(name: str) -> str:
    return re.sub(r"_(val|test)$", "", name)


def _tasks(cells: pl.DataFrame) -> pl.DataFrame:
    rows = [
        {
            "task_id": task,
            "task_family": family,
            "metric": "accuracy",
            "direction": "higher",
            "floor": FLOORS.get(family, 0.25),
            "n_items": N_ITEMS[items],
            "identical_items": True,
        }
        for task, family, items in cells.select("task_id", "task_family", "set")
        .unique(maintain_order=True)
        .iter_rows()
    ]
    return pl.DataFrame(rows, schema=dict(TASKS.dtypes()))


IMPORTER = Importer(
    name="olmo_ladder",
    summary="OLMo-ladder's training-time evaluations, one CSV per run; writes the ladder",
    source="allenai/OLMo-ladder, src/scripts/paper/data; Bhagia et al., arXiv 2412.04403",
    status="published",
    read=read,
)
