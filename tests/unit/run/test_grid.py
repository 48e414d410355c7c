from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
import pytest

from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.core.tables import RUNS, validate
from tasklaws.elicitations import ELICITATIONS
from tasklaws.families import FAMILIES
from tasklaws.run.grid import Cell, again_limited, grid_of, held
from tasklaws.run.grid_plan import EARLIER, LENGTHS, plan_of, refuse_dear
from tasklaws.run.grid_results import counts, take_in, wanted_rows
from tasklaws.run.prices import Purse, purse_for
from tasklaws.run.run_study import run
from tasklaws.study.folder import Study
from tasklaws.study.run_settings import Price

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.run.grid import Grid

LADDER = """
axis = "n_params"

[[rung]]
model = "first"
lineage = "l"
n_params = 1e6

[[rung]]
model = "second"
lineage = "l"
n_params = 1e7
"""
RUN = """
seed = 3

[run]
items = 2
epochs = 2
elicitations = ["greedy", "best_of_n@4", "majority"]
{more}

[run.sizes]
addition = [1, 2]

[run.names]
first = "openai/small"
second = "openai/large"
{tables}
"""


def _study(tmp_path: Path, more: str = "", tables: str = "") -> Study:
    (tmp_path / "study.toml").write_text(RUN.format(more=more, tables=tables))
    (tmp_path / "ladder.toml").write_text(LADDER)
    return Study(tmp_path)


def _runs(grid: Grid, cells: list[Cell], outcome: str = "submitted", tokens: int = 7) -> pl.DataFrame:
    rows = [
        {
            "model": cell.model,
            "task_family": cell.task_family,
            "task_id": cell.task_id,
            "harness_id": cell.harness_id,
            "elicitation": cell.elicitation,
            "instance_id": instance,
            "epoch": epoch,
            "metric": "exact",
            "score": 1.0,
            "outcome": outcome,
            "tokens": tokens,
        }
        for cell in cells
        for instance, epoch in sorted(grid.wanted(cell))
    ]
    return validate(pl.DataFrame(rows), RUNS)


def test_the_grid_is_a_product(tmp_path: Path) -> None:
    grid = grid_of(_study(tmp_path))
    majority = ELICITATIONS["majority"]
    efforts = majority.general_efforts or majority.efforts
    assert len(grid.cells) == 2 * 2 * 1 * (2 + len(efforts))
    assert {cell.elicitation for cell in grid.cells} == {"greedy", "best_of_n@4"} | {
        f"majority@{effort}" for effort in efforts
    }
    assert {cell.harness_id for cell in grid.cells} == {"default"}
    assert grid.names == {"first": "openai/small", "second": "openai/large"}
    assert grid.questions["addition/2"] == ("addition/2/3/0", "addition/2/3/1")
    assert grid.wanted(grid.cells[0]) == {
        (name, epoch) for name in grid.questions["addition/1"] for epoch in (0, 1)
    }


def test_the_questions_are_those_that_the_family_draws(tmp_path: Path) -> None:
    grid = grid_of(_study(tmp_path))
    drawn = FAMILIES["addition"].instances(2, 2, 3)
    assert [one.instance_id for one in drawn] == list(grid.questions["addition/2"])


def test_models_and_families_can_be_chosen(tmp_path: Path) -> None:
    study = _study(tmp_path)
    assert {cell.model for cell in grid_of(study, ["second"]).cells} == {"second"}
    with pytest.raises(UnknownName, match="Did you mean 'second'"):
        grid_of(study, ["secnd"])
    with pytest.raises(UnknownName, match="family in the grid"):
        grid_of(study, families=["sha_of"])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('first = "openai/small"', "", "rung 'first' has no name in Inspect"),
        ("[run.sizes]\naddition = [1, 2]", "", "does not say which tasks"),
        ("addition = [1, 2]", "adition = [1, 2]", "Did you mean 'addition'"),
        ("best_of_n@4", "best_of_n@x", "Behind the @"),
        ("best_of_n@4", "best_off_n", "Did you mean 'best_of_n'"),
    ],
)
def test_what_cannot_be_run_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    study = _study(tmp_path)
    text = (tmp_path / "study.toml").read_text()
    assert old in text
    (tmp_path / "study.toml").write_text(text.replace(old, new))
    with pytest.raises(BadInput, match=says):
        grid_of(study)


def test_a_cell_is_whole_with_every_instance_and_epoch(tmp_path: Path) -> None:
    grid = grid_of(_study(tmp_path))
    first, *rest = grid.cells
    rows = _runs(grid, [first])
    assert set(grid.missing(rows)) == set(rest)
    lacking = grid.missing(rows.head(3))[first]
    assert lacking == {("addition/1/3/1", 1)}
    assert held(rows)[first] == grid.wanted(first)
    assert counts(grid, rows, {rest[0], first}) == {
        "planned": len(grid.cells),
        "done": 1,
        "failed": 1,
        "limited": 0,
    }


def test_only_what_makes_cells_whole_is_taken(tmp_path: Path) -> None:
    grid = grid_of(_study(tmp_path))
    first, second, *_ = grid.cells
    good = _runs(grid, [first]).with_columns(pl.lit(value=False).alias("failed"))
    half = _runs(grid, [second]).head(3).with_columns(pl.lit(value=False).alias("failed"))
    missing = grid.missing(RUNS.empty())
    taken = wanted_rows(pl.concat([good, half]), missing)
    assert taken.equals(_runs(grid, [first]))


def test_an_attempt_that_failed_is_none_until_errors_are_accepted(tmp_path: Path) -> None:
    grid = grid_of(_study(tmp_path))
    first = grid.cells[0]
    rows = _runs(grid, [first]).with_columns((pl.int_range(pl.len()) == 0).alias("failed"))
    missing = grid.missing(RUNS.empty())
    assert not wanted_rows(rows, missing).height
    assert wanted_rows(rows, missing, errors=True).height == 4
    better = rows.head(1).with_columns(pl.lit(value=False).alias("failed"), pl.lit(0.0).alias("score"))
    for order in ([rows, better], [better, rows]):
        taken = wanted_rows(pl.concat(order), missing)
        assert taken.height == 4
        assert taken["score"].sum() == 3, "what did not fail counts, in whatever order"


def test_rows_come_into_the_study_once_with_their_tasks(tmp_path: Path) -> None:
    study = _study(tmp_path)
    grid = grid_of(study)
    cells = [cell for cell in grid.cells if cell.elicitation == "greedy"]
    take_in(study.path, grid, _runs(grid, cells), "local", {})
    assert study.runs().height == 16
    assert study.cells()["n"].to_list() == [4] * 4
    task = study.tasks().row(0, named=True)
    assert (task["task_id"], task["metric"], task["n_items"], task["floor"]) == (
        "addition/1",
        "exact",
        2,
        0.0,
    )
    assert [entry.kind for entry in study.log.entries()] == ["run_part", "run_part"]
    assert not set(cells) & set(grid.missing(study.runs()))


def test_a_plan_says_what_it_rests_on(tmp_path: Path) -> None:
    prices = '[run.prices."openai/small"]\ninput = 1.0\noutput = 10.0'
    study = _study(tmp_path, tables=prices)
    grid = grid_of(study)
    plan = plan_of(grid, grid.missing(RUNS.empty()), RUNS.empty())
    assert {row.basis for row in plan.rows} == {LENGTHS}
    small, large = plan.rows
    assert (small.attempts, large.attempts) == (len(grid.cells) // 2 * 4, len(grid.cells) // 2 * 4)
    assert small.cost is not None
    assert small.cost > 0
    assert (large.cost, plan.cost) == (None, None)
    assert "openai" not in (plan.reason or "")
    assert "second" in (plan.reason or "")


def test_a_plan_learns_from_earlier_attempts(tmp_path: Path) -> None:
    grid = grid_of(_study(tmp_path), ["first"])
    greedy = [cell for cell in grid.cells if cell.elicitation == "greedy"]
    runs = _runs(grid, greedy[:1], tokens=1000).with_columns(pl.lit(50).alias("input_tokens"))
    plan = plan_of(grid, {greedy[1]: grid.wanted(greedy[1])}, runs)
    assert [(row.tokens, row.basis) for row in plan.rows] == [(4 * 1050, EARLIER)]


def test_a_grid_above_its_limits_is_refused_with_the_difference(tmp_path: Path) -> None:
    grid = grid_of(_study(tmp_path, more="token_budget = 10"))
    missing = grid.missing(RUNS.empty())
    plan = plan_of(grid, missing, RUNS.empty())
    with pytest.raises(NoAnswer, match=rf"{plan.tokens - 10} above the token budget 10") as refused:
        refuse_dear(plan, grid)
    assert refused.value.exit_code == 4


def test_a_purse_closes_at_its_caps() -> None:
    purse = Purse({"m": Price(1.0, 2.0)}, cost_limit=5.0)
    purse.pay("m", 1_000_000, 1_000_000)
    assert (purse.cost, purse.tokens, purse.closed) == (3.0, 2_000_000, None)
    purse.pay("m", 0, 1_000_000)
    assert "limit of 5 dollars is reached" in (purse.closed or "")
    counted = Purse({}, token_budget=10)
    counted.pay("other", 5, 5)
    assert "budget of 10 tokens" in (counted.closed or "")
    assert counted.unknown == {"other"}


def test_a_cost_limit_needs_the_price_of_every_model_asked(tmp_path: Path) -> None:
    prices = "[run.prices.first]\ninput = 1.0\noutput = 10.0"
    grid = grid_of(_study(tmp_path, more="cost_limit = 1.0", tables=prices))
    assert purse_for(grid, {"first"}).cost_limit == 1.0
    with pytest.raises(BadInput, match="no price is stated for second"):
        purse_for(grid, {"first", "second"})


def test_limited_cells_come_again_at_twice_the_limit_and_twice_more(tmp_path: Path) -> None:
    harness = '[[run.harness]]\nname = "short"\ntoken_limit = 100\ntime_limit = 9.5'
    grid = grid_of(_study(tmp_path, tables=harness))
    first, second = grid.cells[:2]
    runs = pl.concat([_runs(grid, [first], "limit_tokens"), _runs(grid, [second])])
    again = again_limited(grid, runs)
    assert [(cell.task_id, cell.harness_id) for cell in again.cells] == [(first.task_id, "short-x2")]
    assert again.harnesses["short-x2"].limits() == {"token_limit": 200, "time_limit": 19.0}
    assert "short-x2: limits are now token_limit 200, time_limit 19" in again.notes
    half = pl.concat([runs, _runs(again, [again.cells[0]], "limit_tokens").head(2)])
    assert again_limited(grid, half).cells == again.cells, "what was begun is ended first"
    both = pl.concat([runs, _runs(again, [again.cells[0]], "limit_time")])
    assert [cell.harness_id for cell in again_limited(grid, both).cells] == ["short-x4"]
    ended = pl.concat([runs, _runs(again, [again.cells[0]])])
    assert again_limited(grid, ended).cells == again.cells
    assert not again_limited(grid, ended).missing(ended), "it is done"


def test_a_model_without_sealed_forecast_is_noted_once_others_were_seen(tmp_path: Path) -> None:
    study = _study(tmp_path)
    assert not any("sealed" in note for note in run(study, plan=True).warnings)
    grid = grid_of(study)
    take_in(tmp_path, grid, _runs(grid, [cell for cell in grid.cells if cell.model == "first"]), "local", {})
    noted = [note for note in run(study, plan=True).warnings if "sealed" in note]
    assert len(noted) == 1
    assert "no forecast of second is sealed yet" in noted[0]


def test_the_local_executor_asks_models_of_an_embedded_ladder_only(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="first, second: no model of an embedded ladder"):
        run(_study(tmp_path), "local")
