"""What a grid would take before it is run: cells, attempts, tokens and dollars."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from functools import lru_cache
from statistics import fmean
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.errors import NoAnswer
from tasklaws.families import FAMILIES
from tasklaws.run.grid import OURS, method_of
from tasklaws.run.prices import cost, prices_of, unpriced

if TYPE_CHECKING:
    from tasklaws.run.grid import Attempts, Cell, Grid

EARLIER, LENGTHS = "earlier attempts", "lengths of question and reference solution"
"""What an estimate rests on."""
PER_TOKEN = 4.0
"""Characters of English in a token, roughly."""


@dataclass(frozen=True)
class Row:
    """What one model would take at one family."""

    model: str
    task_family: str
    cells: int
    attempts: int
    tokens: int
    """Read and written, estimated."""
    cost: float | None
    """Dollars, estimated; None where no price is stated."""
    basis: str


@dataclass(frozen=True)
class Plan:
    """What a grid would take."""

    rows: tuple[Row, ...]
    reason: str | None
    """Why there is no cost."""

    @property
    def tokens(self) -> int:
        """Return the tokens of all rows."""
        return sum(row.tokens for row in self.rows)

    @property
    def cost(self) -> float | None:
        """Return the dollars of all rows; None where one is not known."""
        known = [row.cost for row in self.rows if row.cost is not None]
        return sum(known) if len(known) == len(self.rows) else None

    def document(self) -> list[dict[str, Any]]:
        """Return the rows of the plan."""
        return [asdict(row) for row in self.rows]


def plan_of(grid: Grid, missing: Attempts, runs: pl.DataFrame) -> Plan:
    """Return what the attempts in `missing` would take.

    Args:
        grid: the grid.
        missing: attempts of cells that are not whole.
        runs: earlier attempts of the study, from which tokens are estimated where there are any.
    """
    prices, earlier = prices_of(grid), _earlier(runs)
    groups: dict[tuple[str, str], list[Cell]] = {}
    for cell in missing:
        groups.setdefault((cell.model, cell.task_family), []).append(cell)
    rows = []
    for (model, family), cells in sorted(groups.items()):
        told: Counter[str] = Counter()
        read = written = 0.0
        for cell in cells:
            inwards, outwards, basis = _per_attempt(cell, grid, earlier)
            n = len(missing[cell])
            read, written = read + n * inwards, written + n * outwards
            told[basis] += n
        price = prices.get(model)
        dollars = None if price is None else cost(price, read, written)
        basis = " and ".join(sorted(told))
        rows.append(Row(model, family, len(cells), told.total(), round(read + written), dollars, basis))
    return Plan(tuple(rows), unpriced({row.model for row in rows}, prices))


def weights_of(grid: Grid, missing: Attempts, runs: pl.DataFrame) -> dict[Cell, float]:
    """Return the tokens that one attempt at each cell in `missing` is thought to take, as `plan_of` does."""
    earlier = _earlier(runs)
    return {cell: max(sum(_per_attempt(cell, grid, earlier)[:2]), 1.0) for cell in missing}


def _earlier(runs: pl.DataFrame) -> dict[tuple[str, str, str], tuple[float | None, float]]:
    """Return (model, family, elicitation) -> mean tokens read, where known, and written by an attempt."""
    if not runs.height:
        return {}
    read = pl.col("input_tokens") if "input_tokens" in runs.columns else pl.lit(None, dtype=pl.Int64)
    key = ["model", "task_family", "elicitation"]
    attempts = runs.with_columns(read.alias("input_tokens")).unique(
        [*key, "task_id", "instance_id", "epoch", "harness_id"], maintain_order=True
    )
    means = attempts.group_by(key).agg(pl.col("input_tokens").mean(), pl.col("tokens").mean())
    return {
        (model, family, elicitation): (inwards, outwards)
        for model, family, elicitation, inwards, outwards in means.iter_rows()
        if outwards is not None
    }


def _per_attempt(
    cell: Cell, grid: Grid, earlier: dict[tuple[str, str, str], tuple[float | None, float]]
) -> tuple[float, float, str]:
    """Return tokens read and written by one attempt at a cell, and what that rests on."""
    ours = grid.names[cell.model].startswith(OURS) or grid.said.rendering == "compact"
    method, effort = method_of(cell.elicitation)
    times = effort if method.unit == "samples" else 1
    read, written = (times * n for n in _lengths(cell.task_family, cell.size, compact=ours))
    known = earlier.get((cell.model, cell.task_family, cell.elicitation))
    if known is None:
        return read, written, LENGTHS
    return (read if known[0] is None else known[0]), known[1], EARLIER


@lru_cache(maxsize=4096)
def _lengths(name: str, size: int, *, compact: bool) -> tuple[float, float]:
    """Return the length of a question and, on average, of its reference solutions, in tokens."""
    family, per = FAMILIES[name], 1.0 if compact else PER_TOKEN
    one = family.instance(size, 0)
    asked = (family.compact if compact else family.english)(one)
    solved = [path.compact(one) if compact and path.compact else path.solve(one) for path in family.paths]
    return len(asked) / per, fmean(len(text) for text in solved) / per


def refuse_dear(plan: Plan, grid: Grid) -> None:
    """Raise where a plan goes beyond what the settings allow; `--yes` leaves this out.

    Raises:
        NoAnswer: it does; the message says by how much.
    """
    limit, budget = grid.said.cost_limit, grid.said.token_budget
    over = None
    if limit is not None and plan.cost is not None and plan.cost > limit:
        over = (
            f"{plan.cost:.2f} dollars are estimated, {plan.cost - limit:.2f} above the cost limit {limit:g}"
        )
    elif budget is not None and plan.tokens > budget:
        over = f"{plan.tokens} tokens are estimated, {plan.tokens - budget} above the token budget {budget}"
    if over is not None:
        raise NoAnswer(
            "over-budget",
            f"{over}.",
            "Nothing was asked.",
            "Raise the limit in study.toml, ask for less, or add --yes: then asking stops at the limit.",
        )
