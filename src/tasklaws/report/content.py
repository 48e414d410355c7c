"""What a report can hold. Every part is optional; a part that is absent is said to be absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import BadInput
from tasklaws.core.tables import (
    CELLS,
    FORECASTS,
    LADDER,
    OBSERVATIONS,
    QUANTILE_COLUMNS,
    TASKS,
    Column,
    Schema,
    validate,
)

if TYPE_CHECKING:
    from tasklaws.assess.diagnosis import Diagnosed

Document = Mapping[str, Any]
"""The `--json` document of a verb, with the keys of the command line's reference."""

PAST_FORECASTS = Schema(
    "past forecasts",
    (
        Column("model", pl.String, "model held out", required=True),
        Column("cutoff", pl.String, "last rung seen"),
        Column("family", pl.String, "family of the task"),
        Column("task_id", pl.String, "task", required=True),
        Column("n", pl.Int64, "attempts", lower=0),
        Column("observed", pl.Float64, "score in [0, 1]", required=True, lower=0, upper=1),
        Column("mean", pl.Float64, "predictive mean", lower=0, upper=1),
        *(Column(q, pl.Float64, "predictive quantile", lower=0, upper=1) for q in QUANTILE_COLUMNS),
        Column("block", pl.String, "lineage x size that was held out"),
    ),
)
"""Every cell forecast of a backtest; further columns are kept and go into the download."""

CURVES = Schema(
    "curves",
    (
        Column("task_family", pl.String, "family", required=True),
        Column("task_id", pl.String, "task; null for the curve of the whole family"),
        Column("x", pl.Float64, "place on the ladder's axis", required=True),
        Column("q050", pl.Float64, "5 % quantile", lower=0, upper=1),
        Column("q500", pl.Float64, "median", lower=0, upper=1),
        Column("q950", pl.Float64, "95 % quantile", lower=0, upper=1),
        Column("lineage", pl.String, "lineage the curve belongs to"),
    ),
)

TRANSCRIPTS = Schema(
    "transcripts",
    (
        Column("model", pl.String, "model", required=True),
        Column("task_family", pl.String, "family", required=True),
        Column("task_id", pl.String, "task", required=True),
        Column("attempts", pl.Int64, "attempts with a transcript", required=True, lower=1),
        Column("success", pl.String, "address of the first success, below the folder of the page"),
        Column("failure", pl.String, "address of the first failure, below the folder of the page"),
    ),
    key=("model", "task_id"),
)
"""One row per cell whose attempts left a transcript."""


@dataclass(frozen=True)
class Seal:
    """What was hashed before anybody looked."""

    sha256: str
    sealed_at: str
    """Time by the clock of the sealing machine, as written in the sealed file."""
    label: str
    """`forecast`, `conditional` or `retrodiction`, as the log decides."""
    n_tasks: int
    anchor: str = "self-attested"
    """What outside the study vouches for the time."""


@dataclass(frozen=True)
class Prediction:
    """The forecasts of one target, with its seal if it is sealed."""

    forecasts: pl.DataFrame
    seal: Seal | None = None


@dataclass(frozen=True)
class Opened:
    """What the target did, and the document of the verb `open`."""

    observations: pl.DataFrame
    verdict: Document
    forecasts: pl.DataFrame | None = None
    """What had been sealed, of the schema ``forecasts``."""

    def task_rates(self) -> dict[tuple[str, str | None], float]:
        """Return (task, metric) -> observed score."""
        rows = self.observations.select("task_id", "metric", "observed").iter_rows()
        return {(task, metric): observed for task, metric, observed in rows}

    def family_rates(self) -> dict[str, float]:
        """Return family -> mean of its tasks' observed scores, each task counted alike."""
        known = self.observations.filter(pl.col("task_family").is_not_null())
        return dict(known.group_by("task_family").agg(pl.col("observed").mean()).iter_rows())


@dataclass(frozen=True)
class Backtest:
    """The document of the verb `backtest` and, where kept, every cell forecast."""

    document: Document
    forecasts: pl.DataFrame | None = None


@dataclass(frozen=True)
class Coverage:
    """Share of outcomes inside the interval of a nominal level, with its block interval."""

    nominal: float
    observed: float | None
    lower: float | None = None
    upper: float | None = None
    reason: str = ""
    """Why a number is undefined."""


@dataclass(frozen=True)
class Reliability:
    """Calibration of past forecasts: counts of a PIT histogram of equal bins, and coverage."""

    pit_counts: tuple[int, ...] = ()
    coverage: tuple[Coverage, ...] = ()


@dataclass(frozen=True)
class Curves:
    """Fitted laws along one axis of the ladder."""

    frame: pl.DataFrame
    """Columns of `CURVES`."""
    axis: str
    """Column of the ladder that x is in; for `released` x is in decimal years."""
    unit: str
    log: bool = True


@dataclass(frozen=True)
class ImportRecord:
    """One import of the study's log."""

    import_id: str
    format: str
    source: str
    sha256: str
    rows: int


@dataclass(frozen=True)
class Provenance:
    """What the numbers were computed from."""

    data_hash: str
    code_version: str
    imports: tuple[ImportRecord, ...] = ()
    seed: int | None = None


@dataclass(frozen=True)
class ReportInput:
    """All that a page is a function of; equal inputs give equal bytes."""

    title: str
    ladder: pl.DataFrame | None = None
    cells: pl.DataFrame | None = None
    tasks: pl.DataFrame | None = None
    prediction: Prediction | None = None
    opened: Opened | None = None
    backtest: Backtest | None = None
    reliability: Reliability | None = None
    curves: Curves | None = None
    record: Document | None = None
    """The document of the verb `forecasts`: every sealed forecast, opened or not."""
    trained: Document | None = None
    """What was trained in the study: `corpus`, its record, and `models`, the held-out losses of each."""
    phenomena: Document | None = None
    """The document of `seed_phenomena`."""
    elicitation: Document | None = None
    """The document of the verb `elicit`."""
    diagnosed: tuple[Diagnosed, ...] = ()
    """What the verb `diagnose` found of each family."""
    time_horizons: Document | None = None
    """The document of the verb `horizon`."""
    human_times: Document | None = None
    """The document of the verb `human-times`."""
    budget: Document | None = None
    """The document of the verb `budget`."""
    flags: Document | None = None
    """The document of the verb `flags`."""
    headline: Document | None = None
    """The document of the verb `headline`: claims in plain language, with what they rest on."""
    comparison: Document | None = None
    """The document of the verb `compare`, of the two rungs evaluated last."""
    red_lines: Document | None = None
    """The document of the verb `redline`."""
    transcripts: pl.DataFrame | None = None
    """Where attempts can be read, with the columns of `TRANSCRIPTS`."""
    warnings: tuple[str, ...] = field(default=())
    provenance: Provenance | None = None

    @property
    def outcome(self) -> Opened | None:
        """Return what came of the very forecast that is shown as the prediction, if it was opened."""
        if self.prediction is None or self.opened is None:
            return None
        same = self.opened.verdict.get("target") == self.prediction.forecasts["target"][0]
        return self.opened if same else None


def _held(frame: pl.DataFrame | None, schema: Schema) -> pl.DataFrame | None:
    return None if frame is None else validate(frame, schema, f"report, table {schema.name!r}")


def checked(content: ReportInput) -> ReportInput:
    """Return `content` with every table held to its schema.

    Raises:
        BadTable: a table breaks its schema.
        BadInput: the prediction has more than one target.
    """
    prediction, opened, backtest, curves = (
        content.prediction,
        content.opened,
        content.backtest,
        content.curves,
    )
    if prediction is not None:
        forecasts = validate(prediction.forecasts, FORECASTS, "report, table 'forecasts'")
        _check_target(forecasts)
        prediction = replace(prediction, forecasts=forecasts)
    if opened is not None:
        opened = replace(
            opened, observations=validate(opened.observations, OBSERVATIONS, "report, table 'observations'")
        )
    if backtest is not None:
        backtest = replace(backtest, forecasts=_held(backtest.forecasts, PAST_FORECASTS))
    if curves is not None:
        curves = replace(curves, frame=validate(curves.frame, CURVES, "report, table 'curves'"))
    return replace(
        content,
        ladder=_held(content.ladder, LADDER),
        cells=_held(content.cells, CELLS),
        tasks=_held(content.tasks, TASKS),
        prediction=prediction,
        opened=opened,
        backtest=backtest,
        curves=curves,
        transcripts=_held(content.transcripts, TRANSCRIPTS),
    )


def _check_target(forecasts: pl.DataFrame) -> None:
    targets = sorted(forecasts["target"].unique())
    if len(targets) != 1:
        raise BadInput(
            f"the prediction of a report has {len(targets)} targets ({', '.join(targets[:3]) or 'no rows'}).",
            "A report shows the forecast of one model.",
            "Filter the forecasts to one target.",
        )
