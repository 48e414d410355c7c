"""Skill of a law against the best baseline, its uncertainty by blocks, and calibration.

Skill is ``1 - CRPS / CRPS_ref``. The reference is, fold by fold, the baseline with the best CRPS on the
*earlier* folds of the same lineage (persistence on its first fold); beside it stands the baseline that
is best with hindsight. Rows of different labels (`forecast`, `conditional`, `retrodiction`) never mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from tasklaws.assess.baseline import FIRST_CHOICE, LAW
from tasklaws.assess.blocks import BlockTest, Interval, block_sums, bootstrap, sign_flip_test, sign_test
from tasklaws.assess.scores import covered
from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from tasklaws.assess.backtest import BacktestTable
    from tasklaws.infer.arrays import Floats

CELL = ["set", "block", "target", "task_id"]

HEADROOM = 0.1
"""Noise-adjusted skill needs a reference this share of its CRPS above the noise."""

AT_NOISE = "reference-at-noise"
COVERAGES = (50, 80, 90)


@dataclass(frozen=True)
class Skill:
    """Skill of the law against one reference over the blocks of one label."""

    label: str
    reference: str
    """Name of the baseline, or ``best-on-earlier-folds``."""
    n_blocks: int
    n_cells: int
    crps: float
    crps_reference: float
    skill: Interval
    noise_adjusted: Interval
    """1 - (CRPS - noise) / (CRPS_ref - noise); null where the reference is near the noise itself."""
    sign_test: BlockTest
    sign_flip: BlockTest


@dataclass(frozen=True)
class PooledTest:
    """One test over all sets: blocks count alike, as CRPS of different sets has different scale."""

    label: str
    n_blocks: int
    skill: Interval
    """1 - geometric mean of the blocks' ratios CRPS / CRPS_ref."""
    sign_test: BlockTest
    sign_flip: BlockTest


EARLIER = "best-on-earlier-folds"


def choose_on_earlier_folds(table: BacktestTable) -> pl.DataFrame:
    """Return the baseline of each fold: the best on the earlier folds of its lineage (first fold: b1).

    Columns: set, lineage, label, block, order, forecaster. Only cells that every baseline forecast
    on every earlier fold decide.

    Raises:
        BadInput: the table has no baseline, or not persistence.
    """
    rivals = table.rows.filter(pl.col("forecaster") != LAW)
    if FIRST_CHOICE not in rivals["forecaster"].unique():
        raise BadInput(
            f"the backtest has no baseline {FIRST_CHOICE!r}.",
            "It is the reference of the first fold of a lineage.",
            "Run the backtest with it.",
        )
    keys = ["set", "lineage", "label", "block", "order"]
    folds = rivals.select(keys).unique(maintain_order=True)
    chosen = [_best_before(rivals, fold) for fold in folds.iter_rows(named=True)]
    return folds.with_columns(pl.Series("forecaster", chosen, dtype=pl.String))


def _best_before(rivals: pl.DataFrame, fold: dict[str, Any]) -> str:
    same = [pl.col(key) == fold[key] for key in ("set", "lineage", "label")]
    before = rivals.filter(*same, pl.col("order") < fold["order"])
    return best_baseline(before) or FIRST_CHOICE


def best_baseline(rows: pl.DataFrame) -> str | None:
    """Return the baseline with the smallest mean CRPS over the cells that most baselines share, or None.

    A baseline that has no forecast for a cell of the others is not in the running.
    """
    means = (
        rows.filter(pl.col("forecaster") != LAW)
        .group_by("forecaster")
        .agg(pl.col("crps").mean(), pl.col("crps").count().alias("cells"))
        .filter((pl.col("cells") == pl.col("cells").max()) & (pl.col("cells") > 0))
        .sort("crps", "forecaster")
    )
    return str(means["forecaster"][0]) if len(means) else None


def skills(table: BacktestTable, rng: np.random.Generator, *, off_floor_only: bool = False) -> list[Skill]:
    """Return, for each label, skill against the chosen reference and against every baseline.

    Args:
        table: a backtest.
        rng: source of the bootstrap.
        off_floor_only: judge on tasks whose training cells lie off the chance floor.
    """
    rows = table.rows.filter(pl.col("off_floor")) if off_floor_only else table.rows
    chosen = choose_on_earlier_folds(table)
    out = []
    for label in rows["label"].unique(maintain_order=True):
        part = rows.filter(pl.col("label") == label)
        references = {EARLIER: _chosen_rows(part, chosen)}
        for name in sorted(part.filter(pl.col("forecaster") != LAW)["forecaster"].unique()):
            references[name] = part.filter(pl.col("forecaster") == name)
        pairs = {name: _paired(part, reference) for name, reference in references.items()}
        out += [_skill(str(label), name, pair, rng) for name, pair in pairs.items() if len(pair)]
    return out


def best_with_hindsight(table: BacktestTable, label: str) -> str | None:
    """Return the baseline with the smallest mean CRPS over all folds of one label, or None."""
    return best_baseline(table.rows.filter(pl.col("label") == label))


def pooled_test(
    table: BacktestTable, label: str, rng: np.random.Generator, reference: str = EARLIER
) -> PooledTest:
    """Return the one pooled test of the law against a reference over the blocks of all sets."""
    part = table.rows.filter(pl.col("label") == label)
    rival = part.filter(pl.col("forecaster") == reference)
    if reference == EARLIER:
        rival = _chosen_rows(part, choose_on_earlier_folds(table))
    ratio = _log_ratios(_block_totals(_paired(part, rival)))
    sums = np.column_stack([ratio, np.ones_like(ratio)])
    interval = bootstrap(sums, lambda total: -np.expm1(-total[..., 0] / total[..., 1]), rng)
    return PooledTest(label, len(ratio), interval, sign_test(ratio), sign_flip_test(ratio, rng))


def _chosen_rows(rows: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    return rows.join(
        chosen.select("set", "block", "label", "forecaster"), on=["set", "block", "label", "forecaster"]
    )


def _paired(rows: pl.DataFrame, reference: pl.DataFrame) -> pl.DataFrame:
    """Return the cells that both the law and the reference were scored on."""
    law = rows.filter((pl.col("forecaster") == LAW) & pl.col("crps").is_not_null())
    other = reference.filter(pl.col("crps").is_not_null()).select(
        *CELL, pl.col("crps").alias("crps_reference")
    )
    return law.select(*CELL, "crps", "noise_crps").join(other, on=CELL)


def _block_totals(pair: pl.DataFrame) -> Floats:
    """Return per block the sums of CRPS, reference, noise and cells, of shape (blocks, 4)."""
    values = pair.select("crps", "crps_reference", "noise_crps").to_numpy()
    blocks = (pair["set"] + "|" + pair["block"]).to_numpy()
    return block_sums(np.column_stack([values, np.ones(len(values))]), blocks)


def _log_ratios(totals: Floats) -> Floats:
    """Return log(CRPS_ref / CRPS) of each block; above 0 the law is better."""
    tiny = 1e-12
    return np.asarray(np.log(np.maximum(totals[:, 1], tiny)) - np.log(np.maximum(totals[:, 0], tiny)))


def _plain(total: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - total[..., 0] / total[..., 1])


def _adjusted(total: Floats) -> Floats:
    room = total[..., 1] - total[..., 2]
    enough = room > HEADROOM * total[..., 1]
    return np.asarray(
        np.where(enough, 1 - (total[..., 0] - total[..., 2]) / np.where(enough, room, 1), np.nan)
    )


def _skill(label: str, name: str, pair: pl.DataFrame, rng: np.random.Generator) -> Skill:
    totals = _block_totals(pair)
    whole = totals.sum(axis=0)
    adjusted = bootstrap(totals, _adjusted, rng)
    ratio = _log_ratios(totals)
    return Skill(
        label,
        name,
        len(totals),
        len(pair),
        float(whole[0] / whole[3]),
        float(whole[1] / whole[3]),
        bootstrap(totals, _plain, rng),
        adjusted if adjusted.value is not None else Interval(None, None, None, AT_NOISE),
        sign_test(ratio),
        sign_flip_test(ratio, rng),
    )


def coverage(rows: pl.DataFrame, rng: np.random.Generator) -> dict[int, Interval]:
    """Return the share of observations inside the central 50, 80 and 90 % intervals, with block bands.

    Args:
        rows: rows of one forecaster and one label.
        rng: source of the bootstrap.

    Raises:
        BadInput: the rows mix forecasters or labels.
    """
    for key in ("forecaster", "label"):
        if rows[key].n_unique() > 1:
            raise BadInput(
                f"the rows mix several values of {key!r}.", "Coverage is that of one.", "Filter the rows."
            )
    scored = rows.filter(pl.col("pit").is_not_null())
    blocks = (scored["set"] + "|" + scored["block"]).to_numpy()
    pit = scored["pit"].to_numpy()
    out = {}
    for level in COVERAGES:
        sums = block_sums(np.column_stack([covered(pit, level / 100), np.ones(len(pit))]), blocks)
        out[level] = bootstrap(sums, lambda total: total[..., 0] / total[..., 1], rng)
    return out
