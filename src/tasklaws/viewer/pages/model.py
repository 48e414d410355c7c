"""A model: what is known of it, its families, how its attempts ended, and what they took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.display import shown
from tasklaws.core.errors import UnknownName
from tasklaws.report.blocks import Facts
from tasklaws.report.text import magnitude
from tasklaws.viewer.pages._scores import NOTE, ROWS, scores_form, turned, under
from tasklaws.viewer.parts import NAME, Cell, Grid, Links, Page, facts, named, number, score_cell
from tasklaws.viewer.scores import chosen, is_share, summarised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.viewer.asked import Asked
    from tasklaws.viewer.desk import Desk
    from tasklaws.viewer.results import Results

MILLION = 1e6
COVARIATES = (
    ("lineage", "lineage"),
    ("parameters", "n_params"),
    ("training tokens", "n_tokens"),
    ("training compute (FLOP)", "flops"),
    ("held-out loss (nats)", "loss_nats"),
    ("held-out loss (bits per byte)", "bits_per_byte"),
    ("released", "released"),
    ("seed", "seed"),
)


def page(desk: Desk, asked: Asked) -> Page:
    """Return what is known of a model.

    Raises:
        UnknownName: there is no such model.
    """
    name, results = asked.get("model") or "", desk.results
    picked = chosen(results, asked)
    if name not in picked.models:
        raise UnknownName("model", name, picked.models)
    filters = {"model": name, **picked.filters()}
    made = summarised(picked.cells.filter(pl.col("model") == name), ["task_family"])
    spent = _spent(results, filters)
    start, pager = turned(asked, made.height, ROWS, "page", "families")
    shown_rows = made.sort("task_family").slice(start, ROWS)
    rows = [row | spent.get(row["task_family"], {}) for row in shown_rows.iter_rows(named=True)]
    heads = (
        "family",
        "score",
        "attempts",
        "tasks",
        "ended by a limit",
        "errors",
        "invalid successes",
        "tokens",
    )
    share = is_share(made["score"])
    grid = Grid(
        "families",
        f"Scores of families: {under(picked)}",
        tuple(map(Cell, heads)),
        tuple(_line(asked, filters, row, share=share) for row in rows),
        NOTE,
    )
    crumbs = ((results.settings.name, asked.to("", asked.chosen())), (shown(name, NAME), ""))
    links = Links((("Attempts of this model", asked.runs(**filters)),))
    known = Facts(facts([*_covariates(results, name), *_bill(results, name, spent)]))
    blocks = (known, links, scores_form(asked, picked), *_outcomes(asked, results, filters), *pager, grid)
    records = [
        {"model": name, "metric": picked.metric, "elicitation": picked.elicitation} | row for row in rows
    ]
    return Page(shown(name, NAME), crumbs, blocks, records, "model")


def _own(results: Results, filters: dict[str, str]) -> pl.LazyFrame:
    own = results.index.lazy()
    for name, value in filters.items():
        own = own.filter(pl.col(name) == value)
    return own


def _spent(results: Results, filters: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return family -> tokens written and read, each attempt once, as they stand under one metric."""
    written = pl.when(pl.col("tokens").count() > 0).then(pl.col("tokens").sum()).alias("tokens")
    read = (
        pl.when(pl.col("input_tokens").count() > 0).then(pl.col("input_tokens").sum()).alias("input_tokens")
    )
    family = pl.col("task_family").cast(pl.String)
    made = _own(results, filters).group_by(family).agg(written, read).collect()
    return {row.pop("task_family"): row for row in made.to_dicts()}


def _covariates(results: Results, name: str) -> Iterator[tuple[str, object, str]]:
    if name not in results.ladder:
        yield "ladder", "this model is not on the ladder", ""
        return
    rung = results.ladder[name]
    for term, key in COVARIATES:
        value = getattr(rung, key)
        yield term, magnitude(value) if isinstance(value, float) else value, ""


def _bill(results: Results, name: str, spent: dict[str, dict[str, Any]]) -> Iterator[tuple[str, object, str]]:
    """Yield what the attempts that are shown took: tokens, and dollars where a price is stated."""
    written = [row["tokens"] for row in spent.values() if row["tokens"] is not None]
    read = [row["input_tokens"] for row in spent.values() if row["input_tokens"] is not None]
    yield "tokens written", f"{sum(written):,}" if written else "not known", ""
    yield "tokens read", f"{sum(read):,}" if read else "not known", ""
    said = results.settings.run
    price = said.prices.get(name, said.prices.get(said.names.get(name, name)))
    if price is None:
        yield "cost", "not known", f'study.toml states no price; it would stand in [run.prices."{name}"]'
    elif written:
        dollars = (sum(read) * price.input + sum(written) * price.output) / MILLION
        yield "cost", f"${dollars:,.2f}", "" if read else "of the tokens written alone"


def _line(asked: Asked, filters: dict[str, str], row: dict[str, Any], *, share: bool) -> tuple[Cell, ...]:
    family = row["task_family"]
    found = asked.runs(family=family, **filters)
    counts = [_count(row, key) for key in ("n", "tasks", "n_limit", "n_error", "n_invalid", "tokens")]
    return (named(family, asked.family(family)), score_cell(row, found, share=share), *counts)


def _count(row: dict[str, Any], key: str) -> Cell:
    return number("–" if row.get(key) is None else f"{row[key]:,}")


def _outcomes(asked: Asked, results: Results, filters: dict[str, str]) -> Iterator[Grid]:
    made = _own(results, filters).group_by(pl.col("outcome").cast(pl.String)).len().sort("outcome").collect()
    rows = tuple(
        (named(outcome, asked.runs(outcome=outcome, **filters)), number(f"{n:,}"))
        for outcome, n in made.iter_rows()
    )
    if rows:
        yield Grid("outcomes", "How attempts ended", (Cell("outcome"), Cell("attempts")), rows)
