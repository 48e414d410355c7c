"""What attempts cost: as stated, or their tokens times prices that are given."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import polars as pl

from tasklaws.core.errors import BadInput
from tasklaws.study.run_settings import Price

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

A_MILLION = 1e6


def read_prices(path: Path) -> dict[str, Price]:
    """Return the prices in a TOML file with a table ``["model"]`` of `input` and `output` for each model.

    Raises:
        BadInput: the file is not so.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        prices = {name: Price(float(one["input"]), float(one["output"])) for name, one in tables.items()}
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise BadInput(
            f"{path.name} does not hold prices ({type(error).__name__}: {error}).",
            'For each model: ["NAME"], input = DOLLARS, output = DOLLARS for a million tokens.',
            "Correct the file.",
        ) from None
    if any(not 0 <= price < float("inf") for one in prices.values() for price in (one.input, one.output)):
        raise BadInput(f"{path.name}: a price is negative.", "Prices are dollars.", "Correct the file.")
    return prices


def with_dollars(runs: pl.DataFrame, prices: Mapping[str, Price] | None) -> pl.DataFrame:
    """Return the runs with a column `dollars`; null where neither cost nor price and tokens are known.

    Tokens that were read are charged where the runs say how many they were, else only those written are.
    """
    stated = pl.col("dollars").cast(pl.Float64) if "dollars" in runs.columns else pl.lit(None, pl.Float64)
    if not prices:
        return runs.with_columns(stated.alias("dollars"))
    read = pl.col("input_tokens").fill_null(0) if "input_tokens" in runs.columns else pl.lit(0)
    charge = {
        name: pl.col("model").replace_strict(
            {model: getattr(one, name) for model, one in prices.items()},
            default=None,
            return_dtype=pl.Float64,
        )
        for name in ("input", "output")
    }
    cost = (charge["input"] * read + charge["output"] * pl.col("tokens")) / A_MILLION
    return runs.with_columns(pl.coalesce(stated, cost).alias("dollars"))
