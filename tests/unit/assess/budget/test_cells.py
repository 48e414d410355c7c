"""A study at a budget, and forecasts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.unit.assess.budget.made import LIMIT, run, study, table, take_in

from tasklaws.assess.budget.cells import AtBudget, at_budget, cells_at
from tasklaws.assess.budget.words import TOLD
from tasklaws.assess.forecast import predict
from tasklaws.assess.opening import open_forecast
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

SAME = ["model", "task_id", "metric", "harness_id", "elicitation", "n", "k"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study(tmp_path_factory.mktemp("budget"))


def test_at_the_full_budget_cells_are_those_of_the_study(made: Path) -> None:
    opened = Study(made)
    assert AtBudget(opened, LIMIT).cells().select(SAME).equals(opened.cells().select(SAME))
    assert at_budget(opened, None) is opened


def test_a_success_counts_where_it_took_no_more(made: Path) -> None:
    runs = Study(made).runs()
    won = runs.filter((pl.col("score") == 1) & (pl.col("tokens") <= 800))
    cells = AtBudget(Study(made), 800).cells()
    assert cells["k"].sum() == won.height
    assert cells["n"].sum() == runs.height


def test_attempts_cut_below_the_budget_leave_an_estimate() -> None:
    rng = np.random.default_rng(0)
    spent, bound = rng.integers(1, 101, 400), np.where(np.arange(400) % 2, 30, 100)
    rows = [
        run(float(used <= most), int(min(used, most)), "submitted" if used <= most else "limit_tokens")
        for used, most in zip(spent, bound, strict=True)
    ]
    (cell,) = cells_at(table(*rows), 80).to_dicts()
    assert cell["k"] / cell["n"] == pytest.approx(0.8, abs=0.06)
    assert 200 < cell["n"] < 400
    (early,) = cells_at(table(*rows), 30).to_dicts()
    assert (early["n"], early["k"]) == (400, sum(used <= 30 for used in spent))


def test_a_cell_that_tells_nothing_at_the_budget_is_left_out() -> None:
    short = [run(0.0, 30, "limit_tokens", task_id="f/short") for _ in range(5)]
    long = [run(1.0, 70, task_id="f/long") for _ in range(5)]
    assert cells_at(table(*short, *long), 60)["task_id"].to_list() == ["f/long"]


def test_metrics_in_grades_have_no_cell_at_a_budget() -> None:
    assert cells_at(table(run(0.5, 4), run(1.0, 4)), 4).height == 0


def test_the_forecast_is_of_the_cells_at_the_budget(made: Path) -> None:
    whole, cut = predict(made, "m5"), predict(made, "m5", budget=500)
    full = predict(made, "m5", budget=LIMIT)
    assert full.table.equals(whole.table)
    assert cut.document()["aggregate"]["mean"] < 0.6 * whole.document()["aggregate"]["mean"]
    assert (whole.document()["budget"], cut.document()["budget"]) == (None, 500)
    assert cut.label == whole.label
    assert TOLD in cut.warnings


def test_a_budget_that_was_never_tried_is_refused_with_the_largest(made: Path) -> None:
    with pytest.raises(NoAnswer, match="at most 4,000"):
        predict(made, "m5", budget=LIMIT + 1)
    with pytest.raises(BadInput, match="positive"):
        predict(made, "m5", budget=0)


def test_a_forecast_sealed_at_a_budget_is_opened_against_cells_at_it(tmp_path: Path) -> None:
    folder = study(tmp_path)
    sealed = {tokens: predict(folder, "m5", seal=True, budget=tokens) for tokens in (None, 500.0)}
    assert all(one.label == "forecast" for one in sealed.values())
    take_in(tmp_path, ["m5"], seed=9)
    runs = Study(folder).runs().filter(pl.col("model") == "m5")
    for tokens, one in sealed.items():
        assert one.sha256 is not None
        opened = open_forecast(folder, one.sha256)
        won = (runs["score"] == 1) & (runs["tokens"] <= (tokens or LIMIT))
        assert opened.table["observed"].mean() == pytest.approx(won.mean())
        text = (folder / str(one.path)).read_text(encoding="utf-8")
        assert ('"budget":500' in text) == (tokens is not None)
