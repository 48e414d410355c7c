"""Human times of a study: what counts, what is said of each task and of all, and how it is worded."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

from tasklaws.assess.human_times import human_times
from tasklaws.assess.human_times.study import of_tables
from tasklaws.assess.human_times.timed import budgets, timed
from tasklaws.cli.verbs.human_times import command
from tasklaws.core.errors import NoAnswer, UnknownName
from tasklaws.core.tables import HUMAN_TIMES, TASKS
from tasklaws.run.imports import import_runs
from tasklaws.spec.agent import Agent
from tasklaws.theory.human_times import time_law
from tasklaws.theory.time_tables import tabulate

if TYPE_CHECKING:
    from pathlib import Path


DETAILS = {"population": pl.String, "task_version": pl.String, "limit_minutes": pl.Float64}


def table(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return attempts; what is not said is that of a baseline which finished in 30 minutes."""
    usual = {"task_family": "f", "task_id": "t", "minutes": 30.0, "score": 1.0, "source": "baseline"}
    types = dict(HUMAN_TIMES.dtypes()) | DETAILS
    made = [dict.fromkeys(types) | usual | {"run_id": str(i)} | row for i, row in enumerate(rows)]
    return pl.DataFrame(made, schema=types)


def drawn(
    people: int,
    rng: np.random.Generator,
    *,
    tasks: int = 20,
    slow: float = 0.0,
    limit: float = 480.0,
    **said: Any,
) -> pl.DataFrame:
    """Return attempts at tasks of seven families; a share `slow` takes four times as long."""
    rows = []
    for task in range(tasks):
        logs = rng.uniform(2.7, 5.5) + 0.4 * rng.standard_normal(people)
        logs += math.log(4) * (rng.random(people) < slow)
        for log in logs:
            done = math.exp(log) <= limit
            rows.append(
                {
                    "task_family": f"f{task % 7}",
                    "task_id": f"t{task:02d}",
                    "minutes": min(math.exp(log), limit),
                    "score": float(done),
                    **said,
                }
            )
    return table(*rows)


def row(found: Any, task: str = "t") -> dict[str, Any]:
    (one,) = [own for own in found.document()["tasks"] if own["task_id"] == task]
    return one


def test_only_the_best_kind_of_time_counts() -> None:
    human = table(
        {"task_id": "a", "minutes": 10.0},
        {"task_id": "a", "minutes": 90.0, "source": "qa"},
        {"task_id": "a", "minutes": 5.0, "source": "pilot"},
        {"task_id": "b", "source": "external_qa"},
        {"task_id": "c", "source": "estimate"},
        {"task_id": "d", "source": "pilot"},
    )
    found = timed(human, TASKS.empty())
    assert dict(found.table.select("task_id", "source").iter_rows()) == {
        "a": "baseline",
        "b": "external_qa",
        "c": "estimate",
        "d": "pilot",
    }
    assert np.exp(found.attempts.log_minutes) == pytest.approx([10.0, 30.0])


def test_errors_cheating_and_other_versions_do_not_count() -> None:
    human = table(
        {"minutes": 10.0, "task_version": "2"},
        {"minutes": 20.0, "task_version": None},
        {"minutes": 30.0, "task_version": "1"},
        {"minutes": 40.0, "outcome": "error"},
        {"minutes": 50.0, "outcome": "invalid_success"},
        {"minutes": None},
    )
    tasks = pl.DataFrame(
        [{"task_id": "t", "task_family": "f", "metric": "m", "version": "2"}], schema=dict(TASKS.dtypes())
    )
    found = timed(human, tasks)
    assert sorted(np.exp(found.attempts.log_minutes)) == pytest.approx([10.0, 20.0])
    assert found.warnings == (
        "3 attempts have no time, or ended in an error or by cheating: left out",
        "1 attempts were at other versions of their tasks: left out",
    )


def test_a_budget_is_seen_where_some_succeed_and_some_fail_at_the_same_time() -> None:
    task = np.repeat([0, 1], 10)
    minutes = np.array([479, 480, 479, 480, 482, 470, 900, 479, 480, 300] * 2)
    done = np.array([True] * 7 + [False] * 3 + [True] * 10)
    found = budgets(task, np.log(minutes), done)
    assert found[:7].tolist() == [True] * 5 + [False, False]
    assert not found[7:].any()


def test_people_who_give_up_take_away_no_time_but_lengthen_it() -> None:
    human = drawn(8, np.random.default_rng(0), limit=120.0)
    found = of_tables(human, TASKS.empty())
    document = found.document()
    assert found.law == "log_normal"
    assert document["given_up"]["share"] == pytest.approx(1 - human["score"].mean())
    assert document["success_only"]["factor"] < document["success_only"]["upper"] < 1
    for one in document["tasks"]:
        if one["status"] == "ok" and one["finished"] < one["attempts"]:
            assert one["successes_minutes"] < one["minutes"]
    json.dumps(document, allow_nan=False)


@pytest.mark.parametrize("people", [8, 20])
def test_blow_ups_are_found_by_themselves_and_told_with_intervals(people: int) -> None:
    found = of_tables(drawn(people, np.random.default_rng(1), slow=0.3, limit=5000), TASKS.empty())
    assert found.law == "blow_ups"
    blown = found.document()["blow_ups"]
    assert blown["share_lower"] < 0.3 < blown["share_upper"]
    assert blown["slowdown_lower"] < 4 < blown["slowdown_upper"]
    assert all(one["geometric_mean_minutes"] > one["minutes"] for one in found.tasks)


def test_one_mode_is_taken_for_one() -> None:
    found = of_tables(drawn(8, np.random.default_rng(2), limit=5000), TASKS.empty())
    assert found.law == "log_normal"
    assert found.document()["blow_ups"]["share"] is None
    assert found.document()["blow_ups"]["reason"]


def test_successes_alone_below_a_stated_limit_are_seen_and_undone() -> None:
    human = drawn(8, np.random.default_rng(3), limit=120.0, limit_minutes=120.0)
    kept = of_tables(human.filter(pl.col("score") == 1), TASKS.empty())
    whole = of_tables(human, TASKS.empty())
    assert kept.law == "truncated_log_normal"
    assert kept.document()["left_out"]["p"] < 0.01
    assert whole.document()["left_out"]["reason"] == "some who did not finish are in the study"
    naive = of_tables(human.filter(pl.col("score") == 1), TASKS.empty(), law="log_normal")
    longest = max(kept.tasks, key=lambda one: one["minutes"])
    assert longest["minutes"] > row(naive, longest["task_id"])["minutes"]


def test_each_state_has_its_reason() -> None:
    lost = {"score": 0.0, "minutes": 480.0}
    human = table(
        *({"task_id": f"many-{i}", "minutes": m} for i in range(4) for m in (20.0, 30.0, 45.0)),
        {"task_id": "one"},
        *({"task_id": "nobody", **lost} for _ in range(3)),
        *({"task_id": "few", **(lost if i else {"minutes": 400.0})} for i in range(6)),
        {"task_id": "guess", "source": "estimate", "minutes": 77.0},
    )
    found = of_tables(human, TASKS.empty())
    assert (row(found, "one")["status"], row(found, "one")["reason"][:11]) == ("ok", "one attempt")
    nobody = row(found, "nobody")
    assert (nobody["status"], nobody["minutes"], nobody["upper"]) == ("bound", None, None)
    assert nobody["lower"] > 100
    assert row(found, "few")["status"] == "extrapolation"
    assert row(found, "few")["minutes"] > 480
    guess = row(found, "guess")
    assert (guess["status"], guess["minutes"], guess["lower"]) == ("estimate", pytest.approx(77.0), None)
    assert row(found, "many-0")["reason"] is None


def test_a_task_that_the_law_does_not_fit_says_so() -> None:
    human = drawn(20, np.random.default_rng(7), limit=5000)
    odd = [
        {"task_id": "odd", "minutes": minutes}
        for minutes in [20.0 + i / 10 for i in range(30)] + [900.0] * 12
    ]
    found = of_tables(pl.concat([human, table(*odd)]), TASKS.empty(), law="log_normal")
    assert "order alone" in row(found, "odd")["reason"]
    assert row(found, "odd")["without_law_upper"] < row(found, "odd")["minutes"]
    agree = [one for one in found.tasks if one["reason"] is None]
    assert len(agree) >= 15


def test_populations_are_compared_over_the_tasks_they_share(tmp_path: Path, root: Path) -> None:
    import_runs("human_times", root / "examples" / "human_times.csv", tmp_path / "study")
    found = human_times(tmp_path / "study", law="auto")
    first, other = found.document()["populations"]
    assert (first["population"], first["ratio"]) == ("newcomer", 1.0)
    assert found.law == "populations"
    assert other["lower"] < 0.6 < other["upper"]
    assert other["tasks_shared"] == 18
    experts = human_times(tmp_path / "study", population="expert")
    assert experts.document()["given_up"]["attempts"] == 36


def test_times_of_a_plan_stand_beside_those_measured() -> None:
    from tasklaws.families import FAMILIES

    rng = np.random.default_rng(4)
    law = time_law(FAMILIES["sum_range"].plan(100), Agent("anybody", {}))
    middle = tabulate(law).quantile(0.5)
    human = table(
        *(
            {"task_family": "sum_range", "task_id": "sum_range/100", "minutes": 2 * middle * math.exp(z)}
            for z in 0.3 * rng.standard_normal(40)
        )
    )
    plans = {one["people"]: one for one in of_tables(human, TASKS.empty()).document()["plans"]}
    plain = plans["knows no shortcut"]
    assert plain["plan_minutes"] == pytest.approx(middle)
    assert plain["lower"] < 2 < plain["upper"]
    assert plans["knows every shortcut"]["plan_minutes"] <= middle


def test_the_axis_is_told_what_more_people_would_do() -> None:
    axis = of_tables(drawn(4, np.random.default_rng(5)), TASKS.empty()).document()["axis"]
    assert axis["lower"] < axis["slope_kept"] < axis["upper"] < 1
    kept = {one["people"]: one["linear"] for one in axis["baselines"]}
    assert kept[1] < kept[4] < kept[40] < 1
    assert kept[4] == pytest.approx(axis["slope_kept"], abs=0.03)


def test_same_seed_same_result() -> None:
    human = drawn(6, np.random.default_rng(6), slow=0.3)
    one, two = (of_tables(human, TASKS.empty(), seed=3).document() for _ in range(2))
    assert json.dumps(one) == json.dumps(two)


def test_without_times_there_is_no_answer() -> None:
    with pytest.raises(NoAnswer, match="no-human-times"):
        of_tables(HUMAN_TIMES.empty(), TASKS.empty())
    with pytest.raises(NoAnswer, match="nobody-finished: of 2 attempts"):
        of_tables(table({"score": 0.0}, {"score": 0.0}), TASKS.empty())
    with pytest.raises(UnknownName, match="population called 'nobody'"):
        of_tables(table({}, {}), TASKS.empty(), population="nobody")
    with pytest.raises(UnknownName, match="log_normal"):
        of_tables(table({}, {}), TASKS.empty(), law="log_norml")  # type: ignore[arg-type]


def test_the_verb_words_what_was_found(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import_runs("human_times", root / "examples" / "human_times.csv", tmp_path / "study")
    command.main([str(tmp_path / "study"), "--quiet"], standalone_mode=False)
    told = capsys.readouterr().out
    assert "medians of newcomer in minutes, 90 % intervals" in told
    assert "sorting/1" in told
    assert "attempts were not finished" in told
    command.main([str(tmp_path / "study"), "--quiet", "--json"], standalone_mode=False)
    document = json.loads(capsys.readouterr().out)
    assert document["command"] == "human-times"
    assert len(document["tasks"]) == 18
