"""Laws at low and at high effort: forecast separately, on the same tasks, and compared as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner

from tasklaws.assess.backtesting import backtest
from tasklaws.assess.elicit import ElicitResult, elicit
from tasklaws.assess.elicited_laws import Efforts, ends_of
from tasklaws.assess.elicited_words import laws_text, trend_text
from tasklaws.cli.verbs.elicit import command
from tasklaws.run.imports import import_runs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIZES = 6
N = 60
TASKS = {"add": 4, "sort": 3}


def _study(folder: Path, raised: Callable[[np.ndarray, float], np.ndarray], *, skip: str = "") -> Path:
    """Return a study whose scores at high effort are what `raised` makes of (rates at low effort, x)."""
    rng = np.random.default_rng(3)
    names = [(family, f"{family}/{i}") for family, n in TASKS.items() for i in range(n)]
    level, slope = rng.normal(-1.5, 0.6, len(names)), rng.uniform(0.8, 1.4, len(names))
    rungs, rows = ['axis = "n_params"'], ["model,task_family,task_id,metric,elicitation,k,n"]
    for size in range(SIZES):
        x = 0.4 * size
        rungs.append(f'[[rung]]\nmodel = "m{size}"\nlineage = "demo"\nn_params = {10.0 ** (7 + x)!r}')
        low = 1 / (1 + np.exp(-(level + slope * x)))
        for effort, rates in (("best_of_n@1", low), ("best_of_n@8", raised(low, x)), ("greedy", low)):
            rows += [
                f"m{size},{family},{task},acc,{effort},{rng.binomial(N, p)},{N}"
                for (family, task), p in zip(names, rates, strict=True)
                if (task, effort) != (skip, "best_of_n@8")
            ]
    (folder / "ladder.toml").write_text("\n".join(rungs) + "\n")
    (folder / "cells.csv").write_text("\n".join(rows) + "\n")
    import_runs("table", folder / "cells.csv", folder / "study", ladder=folder / "ladder.toml")
    (folder / "study" / "study.toml").write_text('metric = "acc"\nelicitation = "greedy"\n')
    return folder / "study"


@pytest.fixture(scope="module")
def lifted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _study(tmp_path_factory.mktemp("lifted"), lambda low, _: 1 - (1 - low) ** 4)


@pytest.fixture(scope="module")
def found(lifted: Path) -> ElicitResult:
    return elicit(lifted)


@pytest.fixture(scope="module")
def same(tmp_path_factory: pytest.TempPathFactory) -> ElicitResult:
    return elicit(_study(tmp_path_factory.mktemp("same"), lambda low, _: low))


def _whole(rows: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    (row,) = [row for row in rows if row["family"] is None]
    return row


def test_sizes_from_the_fourth_on_are_forecast_at_both_efforts(found: ElicitResult) -> None:
    told = [row for row in found.compared.targets if row["family"] is None]
    assert [row["model"] for row in told] == ["m3", "m4", "m5"]
    assert {row["tasks"] for row in told} == {sum(TASKS.values())}
    assert {(row["low"], row["high"]) for row in told} == {("best_of_n@1", "best_of_n@8")}
    for row in told:
        assert row["low_q050"] < row["low_q500"] < row["low_q950"]
        assert row["apart_lower"] < row["apart"] < row["apart_upper"]


def test_what_effort_adds_is_foreseen_by_the_law_of_high_effort_only(found: ElicitResult) -> None:
    whole = _whole(found.compared.laws)
    assert whole["flag"]
    assert whole["apart"] == pytest.approx(whole["observed_apart"], abs=0.06)
    assert whole["held"] < 0.6
    assert whole["held_own"] > 0.8
    assert whole["held_upper"] < whole["held_own"]
    assert "forecasts for a red line belong at best_of_n@8" in whole["text"]


def test_efforts_that_do_not_differ_are_not_told_apart(same: ElicitResult) -> None:
    whole = _whole(same.compared.laws)
    assert not whole["flag"]
    assert abs(whole["apart"]) < 0.05
    assert whole["held"] > 0.8
    assert _whole(same.compared.trend)["flag"] is False
    assert "No change along the ladder" in _whole(same.compared.trend)["text"]


def test_the_shrinking_ratio_of_lucky_draws_is_seen(found: ElicitResult) -> None:
    row = _whole(found.compared.trend)
    assert row["slope"] < row["upper"] < 0
    assert row["first"] > row["last"] > 1
    assert "shrinks along the ladder" in row["text"]


def test_the_law_at_low_effort_is_scored_as_any_backtest_is(lifted: Path, found: ElicitResult) -> None:
    """The study of low effort alone gives the same CRPS on the folds that both have."""
    settings = lifted / "study.toml"
    before = settings.read_text()
    settings.write_text(before.replace("greedy", "best_of_n@1"))
    rows = backtest(lifted).table.of("law")
    settings.write_text(before)
    known = [row["block"] for row in found.compared.targets]
    crps = rows.filter(rows["block"].is_in(known))["crps"].mean()
    assert _whole(found.compared.laws)["low_crps"] == pytest.approx(crps)


def test_only_tasks_tried_at_both_efforts_count(tmp_path: Path) -> None:
    told = elicit(_study(tmp_path, lambda low, _: low, skip="sort/0"))
    assert {row["tasks"] for row in told.compared.targets if row["family"] == "sort"} == {2}
    assert _whole(told.compared.trend)["tasks"] == sum(TASKS.values()) - 1


def test_the_verb_shows_laws_and_trend(lifted: Path) -> None:
    shown = CliRunner().invoke(command, [str(lifted)], standalone_mode=False).output
    assert "laws at best_of_n@1 and at best_of_n@8, forecast separately" in shown
    assert "What effort adds shrinks" in shown
    told = json.loads(CliRunner().invoke(command, [str(lifted), "--json"], standalone_mode=False).stdout)
    assert [row["family"] for row in told["laws"]] == [None, "add", "sort"]
    assert [row["family"] for row in told["trend"]] == [None, "add", "sort"]
    assert told["laws_reason"] is None


def test_too_short_a_ladder_says_so(tmp_path: Path) -> None:
    study = _study(tmp_path, lambda low, _: low)
    (study / "ladder.toml").write_text('[[rung]]\nmodel = "m0"\nlineage = "demo"\nn_params = 1e7\n')
    told = elicit(study)
    assert told.compared.laws == ()
    assert told.laws_reason is not None
    assert "no size has 3 sizes before it" in told.laws_reason


@pytest.mark.parametrize(
    ("labels", "ends"),
    [
        (["a@1", "a@2", "best_of_n@4", "best_of_n@8", "best_of_n@16"], ("best_of_n", 4, 16)),
        (["b@2", "b@1", "c@1", "c@2", "best_of_n@1"], ("b", 1, 2)),
        (["a@1", "b@2"], None),
        ([], None),
    ],
)
def test_the_ends_of_an_elicitation(labels: list[str], ends: tuple[str, int, int] | None) -> None:
    expected = ends and Efforts(ends[0], f"{ends[0]}@{ends[1]}", f"{ends[0]}@{ends[2]}")
    assert ends_of(labels) == expected


def _law(**changed: Any) -> dict[str, Any]:
    shared = {"low": "n@1", "high": "n@8", "blocks": 5, "attempts": 5.0, "low_se": 0.1, "flag": False}
    figures = dict.fromkeys(("apart", "observed_apart", "held", "held_own"), 0.05)
    ends = {f"{key}_{end}": 0.02 for key in ("apart", "held") for end in ("lower", "upper")}
    skill = {
        f"{e}_skill{end}": v
        for e in ("low", "high")
        for end, v in (("", 0.1), ("_lower", 0), ("_upper", 0.2))
    }
    return shared | figures | ends | skill | changed


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "too weak to tell which effort is forecast better"),
        ({"high_skill_lower": 0.3, "high_skill_upper": 0.4}, "intervals apart"),
        ({"blocks": 4}, "From 4 sizes it cannot be told"),
        ({"low_skill_lower": None}, "it cannot be told"),
        ({"flag": True}, "belong at n@8"),
        ({"apart_lower": None}, "5 points above those of one fitted at n@1;"),
    ],
)
def test_what_is_too_weak_is_said_to_be(changed: dict[str, Any], words: str) -> None:
    assert words in laws_text(_law(**changed))


def test_a_trend_that_grows_makes_the_low_law_too_flat() -> None:
    row = {"low": "n@1", "high": "n@8", "slope": 0.2, "lower": 0.1, "upper": 0.3, "first": 1.1, "last": 1.5,
           "rungs": 6, "axis": "log10 n_params", "unit": "decades", "flag": True, "reason": None}  # fmt: skip
    assert "grows along the ladder" in trend_text(row)
    assert "too flat" in trend_text(row)
    assert "cannot be told: few" in trend_text(row | {"slope": None, "reason": "few"})
