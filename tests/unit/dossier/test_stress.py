"""Stress tests: effects that were planted are found, and what a study does not tell is not made up."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl
import pytest

from tasklaws.core.tables import CELLS, RUNS, TASKS
from tasklaws.dossier.stress import SCENARIOS
from tasklaws.dossier.stress._families import paired
from tasklaws.dossier.stress._rated import Rated
from tasklaws.dossier.stress.contaminated_items import without
from tasklaws.spec.harness import Harness
from tasklaws.study.attempts import cells_of, one_per_task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.dossier.figures._seen import Seen

ADDED = {"tool_outcome": pl.String, "solution_similarity": pl.Float64}
FAMILIES = ("a", "b", "c", "d")


@dataclass(frozen=True)
class MadeUp:
    """The tables of a study."""

    table: pl.DataFrame
    path: Path | None = None
    records: pl.DataFrame = field(default_factory=TASKS.empty)
    sizes: dict[str, float] = field(default_factory=dict)
    harness: dict[str, Harness] = field(default_factory=dict)

    @property
    def settings(self) -> Any:
        return SimpleNamespace(harness=None, run=SimpleNamespace(harness=self.harness))

    def runs(self) -> pl.DataFrame:
        return self.table

    def imported_cells(self) -> pl.DataFrame:
        return CELLS.empty()

    def tasks(self) -> pl.DataFrame:
        return self.records

    def target_cells(self) -> tuple[pl.DataFrame, tuple[str, ...]]:
        return one_per_task(cells_of(self.table), "exact", "greedy")

    def ladder(self) -> Any:
        rungs = [SimpleNamespace(model=model, n_params=size) for model, size in self.sizes.items()]
        return SimpleNamespace(rungs=rungs)


def attempts(
    family: str, scores: Sequence[float], elicitation: str = "greedy", model: str = "large", **columns: Any
) -> pl.DataFrame:
    """Return one attempt at each of as many questions as there are scores, all of one task."""
    names = [f"{family}/1/{at}" for at in range(len(scores))]
    same = {"model": model, "task_family": family, "task_id": f"{family}/1", "epoch": 0}
    told = {"harness_id": "h", "elicitation": elicitation, "metric": "exact", "outcome": "submitted"}
    given = {"instance_id": names, "score": [float(score) for score in scores], **same, **told, **columns}
    kinds = {**RUNS.dtypes(), **ADDED}
    absent = dict.fromkeys(kinds.keys() - given.keys())
    return pl.DataFrame({**absent, **given}, schema_overrides=kinds).select(*kinds)


def right(k: int, n: int = 20) -> list[float]:
    return [1.0] * k + [0.0] * (n - k)


def row(scenario: str, *tables: pl.DataFrame, **study: Any) -> dict[str, Any]:
    made_up = cast("Seen", MadeUp(pl.concat(tables), **study))
    return SCENARIOS[scenario].row(Rated(made_up, "large"))


def best_of(counts: dict[int, int], n: int = 20, families: Sequence[str] = FAMILIES) -> list[pl.DataFrame]:
    return [
        attempts(name, right(k, n), f"best_of_n@{effort}")
        for effort, k in counts.items()
        for name in families
    ]


def greedy(k: int, n: int = 20, families: Sequence[str] = FAMILIES) -> list[pl.DataFrame]:
    return [attempts(name, right(k, n)) for name in families]


# Ten times the inference compute


def test_effort_between_those_tried_is_interpolated_by_its_logarithm() -> None:
    found = row("inference_compute_x10", *greedy(4), *best_of({1: 4, 8: 10, 16: 14}))
    at_ten = 0.5 + 0.2 * np.log(10 / 8) / np.log(2)
    assert found["status"] == "computed"
    assert found["effect"] == pytest.approx(100 * (at_ten - 0.2))
    assert "observed" in found["method"]
    assert "verifier" in found["reason"]


def test_effort_beyond_those_tried_follows_the_law_and_says_so() -> None:
    # y(E) = .9 - .6 / E: from .825 at 8 samples to .84 at 10
    counts = {effort: round(4000 * (0.9 - 0.6 / effort)) for effort in (1, 2, 4, 8)}
    found = row("inference_compute_x10", *greedy(1200, 4000), *best_of(counts, 4000))
    assert found["effect"] == pytest.approx(54.0, abs=0.5)
    assert found["lower"] < 54.0 < found["upper"]
    assert "extrapolated" in found["method"]


def test_the_law_beyond_makes_the_interval_wider() -> None:
    beyond = row("inference_compute_x10", *greedy(4), *best_of({1: 4, 2: 6, 4: 8, 8: 10}))
    within = row("inference_compute_x10", *greedy(4), *best_of({1: 4, 2: 6, 4: 8, 10: 10}))
    assert beyond["upper"] - beyond["lower"] > within["upper"] - within["lower"]


def test_too_few_efforts_are_not_granted_and_say_what_is_needed() -> None:
    found = row("inference_compute_x10", *greedy(4), *best_of({1: 4, 2: 6}))
    assert (found["status"], found["effect"]) == ("not-granted", None)
    assert "needed" in found["reason"]


def test_examples_in_front_of_a_question_are_no_compute_spent_on_an_answer() -> None:
    shots = [attempts(name, right(20), f"few_shot@{effort}") for effort in (1, 16) for name in FAMILIES]
    assert row("inference_compute_x10", *greedy(4), *shots)["status"] == "not-granted"


def test_tokens_that_no_attempt_ran_out_of_are_not_extrapolated() -> None:
    base = [attempts(name, right(10), tokens=40) for name in FAMILIES]
    efforts = {8: 0, 16: 2, 32: 8, 54: 10}
    more = [attempts(n, right(k), f"more_tokens@{e}", tokens=e) for e, k in efforts.items() for n in FAMILIES]
    found = row("inference_compute_x10", *base, *more)
    assert found["effect"] == 0.0
    assert "extrapolated" not in found["method"]
    cut = [one.with_columns(pl.lit("limit_tokens").alias("outcome")) for one in more]
    assert "extrapolated" in row("inference_compute_x10", *base, *cut)["method"]


def test_only_questions_that_were_asked_both_ways_are_compared() -> None:
    easier = [attempts(name, [0.0] * 20 + [1.0] * 200) for name in FAMILIES]
    found = row("inference_compute_x10", *easier, *best_of({1: 0, 16: 10}))
    assert found["effect"] == pytest.approx(100 * 0.5 * np.log(10) / np.log(16))


def test_the_largest_of_several_has_its_interval_widened() -> None:
    one = [
        *greedy(4),
        *best_of({1: 4, 10: 12}, families=FAMILIES[:2]),
        *best_of({1: 4, 10: 8}, families="cd"),
    ]
    other = [attempts(name, right(5), f"majority@{e}") for e in (1, 10) for name in FAMILIES]
    alone, chosen = row("inference_compute_x10", *one), row("inference_compute_x10", *one, *other)
    assert chosen["effect"] == alone["effect"]
    assert chosen["upper"] - chosen["lower"] > alone["upper"] - alone["lower"]
    assert "largest of 2" in chosen["method"]
    assert "majority adds 5.0 points" in chosen["reason"]


# Tools


def test_a_call_that_was_a_solution_counts_and_others_only_at_the_upper_end() -> None:
    calls = {"tool_outcome": ["ok"] * 10 + ["timeout"] * 5 + ["error"] * 5}
    alike = {"solution_similarity": [1.0] * 10 + [1.0] * 5 + [0.5] * 5}
    found = row("tool_upgrade", attempts("a", right(10), **calls, **alike), attempts("b", right(10)))
    assert found["effect"] == pytest.approx(100 * (5 / 20) / 2)
    assert found["upper"] >= 100 * (10 / 20) / 2
    assert found["lower"] >= 0
    assert "1 of 2 families" in found["method"]


def test_without_texts_the_effect_of_tools_is_an_upper_bound() -> None:
    calls = {"tool_outcome": ["ok"] * 10 + ["timeout"] * 10}
    found = row("tool_upgrade", *(attempts(name, right(10), **calls) for name in FAMILIES))
    assert (found["effect"], found["lower"]) == (pytest.approx(50.0), 0.0)
    assert "upper bound" in found["method"]


def test_families_without_a_tool_have_no_upgrade_and_unknown_ones_need_access() -> None:
    assert row("tool_upgrade", attempts("transform", right(5)))["status"] == "not-applicable"
    assert row("tool_upgrade", attempts("sha_of", right(5)))["status"] == "not-granted"
    assert row("tool_upgrade", attempts("a", right(5)))["status"] == "not-granted"


# Budget


def test_successes_that_took_more_than_a_tenth_are_lost() -> None:
    tokens = [5] * 6 + [50] * 4 + [100] * 10
    found = row("budget_cut", *(attempts(name, right(10), tokens=tokens) for name in FAMILIES))
    assert found["effect"] == pytest.approx(-20.0)
    assert found["lower"] < -20.0 < found["upper"] <= 0 + 5
    assert "10 tokens" in found["method"]


def test_attempts_cut_even_earlier_are_not_taken_for_failures() -> None:
    # 4 of 20 are cut at 2; of the others half has succeeded by 10 and half of the rest by 100.
    tokens = [2] * 4 + [10] * 8 + [50] * 4 + [100] * 4
    scores = [0.0] * 4 + [1.0] * 12 + [0.0] * 4
    ends = ["limit"] * 4 + ["submitted"] * 16
    found = row("budget_cut", *(attempts(n, scores, tokens=tokens, outcome=ends) for n in FAMILIES))
    assert found["effect"] == pytest.approx(-25.0)
    assert "16 that were cut even earlier" in found["method"]


def test_a_limit_in_force_is_the_budget_where_less_was_counted() -> None:
    tokens = [5] * 10 + [1000] * 10
    tables = [attempts(name, right(20), tokens=tokens) for name in FAMILIES]
    stated = {"h": Harness(token_limit=40)}
    assert "by 100 tokens" in row("budget_cut", *tables)["method"]
    assert "by 4 tokens" in row("budget_cut", *tables, harness=stated)["method"]


def test_time_stands_in_for_tokens_and_nothing_for_neither() -> None:
    start = pl.Series([0] * 20).cast(pl.Datetime("us", "UTC"))
    end = pl.Series([10**6 * s for s in [5] * 6 + [60] * 4 + [100] * 10]).cast(pl.Datetime("us", "UTC"))
    found = row("budget_cut", *(attempts(n, right(10), started_at=start, completed_at=end) for n in FAMILIES))
    assert found["effect"] == pytest.approx(-20.0)
    assert "10 seconds" in found["method"]
    assert row("budget_cut", *greedy(5))["status"] == "not-granted"


# Memory


def test_the_share_from_memory_is_taken_out_down_to_what_guessing_scores() -> None:
    score, floor = np.array([1.0, 0.55, 0.05, 0.26]), np.array([0.0, 0.0, 0.0, 0.25])
    assert without(score, floor) == pytest.approx([1.0, 0.5, 0.0, 0.25])


def test_contamination_lowers_the_mean_and_says_that_it_detects_nothing() -> None:
    tables = [attempts("a", right(11)), attempts("b", right(20))]
    found = row("contaminated_items", *tables)
    assert found["effect"] == pytest.approx(-2.5)
    assert -10 <= found["lower"] < -2.5 < found["upper"] <= 0
    assert "not detection" in found["method"]


def test_questions_that_all_models_solve_are_counted() -> None:
    small = [attempts("a", right(3), model=name) for name in ("s", "m")]
    found = row("contaminated_items", attempts("a", right(9)), *small)
    assert "of 20 questions that at least 3 models were asked, all solve 3" in found["method"]
    assert "questions" not in row("contaminated_items", attempts("a", right(9)))["method"]


# Tuning


def tuning(model: str, n_params: int, difference: float) -> dict[str, Any]:
    span = {"lower": difference - 0.05, "upper": difference + 0.05, "right": 30, "samples": 90}
    score = {"n": 60, "before": 0.4, "after": 0.4 + difference, "difference": difference}
    return {"model": model, "n_params": n_params, "family": "a", **score, **span}


@pytest.mark.parametrize(
    ("tuned", "size", "effect"), [("large", 64, 10.0), ("twin", 64, 10.0), ("small", 8, None)]
)
def test_tuning_counts_of_the_model_itself_or_of_one_as_large(
    tmp_path: Path, tuned: str, size: int, effect: float | None
) -> None:
    (tmp_path / "internals.json").write_text(json.dumps({"tuning": [tuning(tuned, size, 0.1)], "probes": []}))
    found = row("fine_tuning", *greedy(8), path=tmp_path, sizes={"large": 64.0, tuned: float(size)})
    assert found["effect"] == (None if effect is None else pytest.approx(effect))
    assert found["status"] == ("not-granted" if effect is None else "computed")
    if tuned == "twin":
        assert "itself was not tuned" in found["method"]


def test_controls_of_a_known_hidden_ability_are_counted(tmp_path: Path) -> None:
    (tmp_path / "internals.json").write_text(json.dumps({"tuning": [tuning("large", 64, 0.1)], "probes": []}))
    tried = [{"name": "lock", "ok": ok, "detail": ""} for ok in (True, False, None)]
    (tmp_path / "controls.json").write_text(json.dumps(tried))
    assert "1 of 2 controls" in row("fine_tuning", *greedy(8), path=tmp_path)["method"]


def test_scores_after_tuning_may_come_as_an_elicitation(tmp_path: Path) -> None:
    after = [attempts(name, right(12), "tuned") for name in FAMILIES]
    found = row("fine_tuning", *greedy(8), *after, path=tmp_path)
    assert found["effect"] == pytest.approx(20.0)
    assert row("fine_tuning", *greedy(8), path=tmp_path)["status"] == "not-granted"


# All of them


def test_changes_that_agree_do_not_pass_for_certain() -> None:
    same = Rated(cast("Seen", MadeUp(pl.concat([*greedy(8)]))), "large").asked("greedy")
    changes = paired(same, same, len(FAMILIES))
    lower, upper = changes.interval()
    assert lower < changes.mean == 0 < upper


def width(tried: dict[str, int]) -> float:
    """Return how wide the interval is when of four families these were tried, with so many right answers."""
    best = [one for name, k in tried.items() for one in best_of({10: k}, families=[name])]
    found = row("inference_compute_x10", *greedy(5), *best)
    assert found["effect"] == pytest.approx(50.0)
    return float(found["upper"] - found["lower"])


def test_families_that_were_not_tried_count_by_the_scatter_of_those_that_were() -> None:
    whole = width({"a": 18, "b": 12, "c": 18, "d": 12})
    assert width({"a": 18, "b": 12}) > 2 * whole
    assert width({"a": 15}) == pytest.approx(200.0)


def test_repeats_of_one_question_are_no_certainty() -> None:
    again = [
        pl.concat([attempts(name, [score], elicitation).with_columns(pl.lit(e).alias("epoch"))
                   for e, score in enumerate(right(10))])
        for name in FAMILIES for elicitation in ("greedy", "best_of_n@10")
    ]  # fmt: skip
    found = row("inference_compute_x10", *again)
    # a mean of four families, each the difference of two shares of a half in 20 attempts
    alone = 100 * (2 * 0.25 / 20 / 4) ** 0.5
    assert found["upper"] - found["lower"] > 2 * 1.6 * alone


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_the_order_of_attempts_changes_nothing(scenario: str, tmp_path: Path) -> None:
    calls = {"tool_outcome": ["ok"] * 10 + ["timeout"] * 10, "tokens": list(range(5, 105, 5))}
    tables = [attempts(name, right(k), **calls) for k, name in enumerate(FAMILIES, start=7)]
    tables += best_of({1: 4, 2: 6, 4: 8, 8: 10})
    table = pl.concat(tables)
    shuffled = table.sample(fraction=1.0, shuffle=True, seed=1)
    assert row(scenario, table, path=tmp_path) == row(scenario, shuffled, path=tmp_path)


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_scores_of_which_less_is_better_are_not_stressed(scenario: str, tmp_path: Path) -> None:
    record = dict.fromkeys(TASKS.names) | {
        "task_id": "a/1", "task_family": "a", "metric": "exact", "direction": "lower",
    }  # fmt: skip
    records = pl.DataFrame([record], schema=TASKS.dtypes())
    found = row(scenario, attempts("a", right(9)), records=records, path=tmp_path)
    assert found["status"] == "not-applicable"
