"""The verb `compare`: what it tells of planted studies, whom it refuses, and what it warns of."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from click.testing import CliRunner
from tests.unit.assess.studies import make, planted, sized

from tasklaws.assess.comparison.neighbours import beside, neighbours
from tasklaws.assess.comparison.verb import compare
from tasklaws.cli.verbs.compare import command
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.run.imports import import_runs
from tasklaws.spec.weights import Weights
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    Attempt = dict[str, Any]


def attempts(
    model: str, rates: dict[str, float], n: int = 12, seed: int = 0, **more: object
) -> list[Attempt]:
    """Return attempts at the tasks; one seed draws the same instances for every model."""
    rng = np.random.default_rng(seed)
    return [
        {
            "model": model,
            "task_family": task.partition("/")[0],
            "task_id": task,
            "instance_id": f"{task}/{i}",
            "score": float(rng.random() < rate),
            "tokens": 100,
            **more,
        }
        for task, rate in rates.items()
        for i in range(n)
    ]


def study_of(folder: Path, rows: Iterable[Attempt]) -> Path:
    """Import attempts; return the study."""
    known = list(rows)
    with (folder / "attempts.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, known[0].keys())
        writer.writeheader()
        writer.writerows(known)
    import_runs("table", folder / "attempts.csv", folder / "study")
    return folder / "study"


RATES = {f"{family}/{i}": 0.3 + 0.1 * i for family in ("add", "mul", "sort", "walk") for i in range(3)}
HIGHER = {task: rate + 0.3 for task, rate in RATES.items()}


@pytest.fixture(scope="module")
def studies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a study whose models share their instances, and one of counts on a ladder."""
    runs, cells = tmp_path_factory.mktemp("runs"), tmp_path_factory.mktemp("cells")
    tried = [*attempts("big", HIGHER), *attempts("small", RATES)]
    lone = attempts("big", {"lone/0": 0.5})
    models = sized(4)
    return {"runs": study_of(runs, [*tried, *lone]), "cells": make(cells, planted(models), models)}


def test_a_planted_difference_is_found_in_both_readings(studies: dict[str, Path]) -> None:
    found = compare(studies["runs"], "big", "small")
    told = found.document()
    assert (told["over"], told["n_tasks"], told["n_families"]) == ("families", 12, 4)
    assert told["lower"] < 0.3 < told["upper"]
    assert told["these_tasks"]["lower"] < 0.3 < told["these_tasks"]["upper"]
    assert told["p"] < 0.05
    assert told["difference"] == pytest.approx(told["score_a"] - told["score_b"])
    assert [row["weight"] for row in told["by_family"]] == pytest.approx([0.25] * 4)
    assert {row.shared for row in found.tasks} == {12}
    assert "big is ahead of small by" in told["text"][0]
    assert told["left_over"] == {"big": ["lone/0"], "small": []}
    assert "only big tried 1 tasks beside the 12 that both did: lone/0" in told["warnings"]
    json.dumps(told, allow_nan=False)


def test_the_order_of_the_models_only_turns_the_sign(studies: dict[str, Path]) -> None:
    one, other = (compare(studies["runs"], *models) for models in (("big", "small"), ("small", "big")))
    assert other.likely.difference == pytest.approx(-one.likely.difference)
    assert (other.likely.lower, other.likely.upper) == pytest.approx((-one.likely.upper, -one.likely.lower))
    assert (other.likely.p, other.minimum_detectable) == pytest.approx((one.likely.p, one.minimum_detectable))
    assert other.cost[0].ratio == pytest.approx(1 / (one.cost[0].ratio or 0))


def test_pairing_uses_the_instances_that_both_were_asked(studies: dict[str, Path], tmp_path: Path) -> None:
    others = [
        {**row, "instance_id": f"{row['instance_id']} of {row['model']}"}
        for row in (*attempts("big", HIGHER), *attempts("small", RATES))
    ]
    paired, apart = (compare(path, "big", "small") for path in (studies["runs"], study_of(tmp_path, others)))
    assert apart.these.difference == pytest.approx(paired.these.difference)
    assert paired.these.se < 0.9 * apart.these.se


def test_cost_of_a_success_is_tokens_over_successes(studies: dict[str, Path]) -> None:
    tokens, dollars = compare(studies["runs"], "big", "small").cost
    found = compare(studies["runs"], "big", "small")
    assert tokens.a == pytest.approx(100 / found.score_a)
    assert tokens.ratio == pytest.approx(found.score_b / found.score_a)
    assert (tokens.a_lower or 0) < 100 / found.score_a < (tokens.a_upper or 0)
    assert (dollars.ratio, dollars.reason) == (None, "dollars are not known at 12 of 12 tasks")


def test_dollars_come_from_prices_and_a_study_can_forbid_pairing(tmp_path: Path) -> None:
    study = study_of(tmp_path, [*attempts("a", HIGHER), *attempts("b", RATES)])
    prices = "[items]\nidentical = false\n"
    for model, price in (("a", 30.0), ("b", 10.0)):
        prices += f"[run.prices.{model}]\ninput = 0\noutput = {price}\n"
    (study / "study.toml").write_text(prices, encoding="utf-8")
    found = compare(study, "a", "b")
    assert found.cost[1].ratio == pytest.approx(3 * (found.cost[0].ratio or 0))
    assert {row.shared for row in found.tasks} == {0}


def test_weights_decide_what_counts(studies: dict[str, Path]) -> None:
    only = compare(studies["runs"], "big", "small", weights=Weights(families={"add": 1, "mu*": 2}, others=0))
    assert {row.family: row.weight for row in only.by_family} == pytest.approx({"add": 1 / 3, "mul": 2 / 3})
    assert (only.over, only.unweighted) == ("tasks", 6)
    assert any("2 families: tasks are taken as drawn one by one" in said for said in only.warnings)
    uneven = compare(studies["runs"], "big", "small", weights=Weights(families={"add": 30}, others=1))
    assert any("weights are uneven" in said for said in uneven.warnings)
    one = compare(studies["runs"], "big", "small", weights=Weights(tasks={"add/1": 1}, others=0))
    assert (one.over, one.likely) == ("attempts", one.these)
    assert one.cost[0].reason == "no interval: too few tasks"


def test_counts_alone_do_and_neighbours_are_the_last_two_sizes(studies: dict[str, Path]) -> None:
    study = Study(studies["cells"])
    assert neighbours(study) == ("m3", "m2")
    assert beside(study, ("m3", "m2")) == []
    found = compare(study, "m3", "m2", per="task", effect=0.03)
    assert [row.weight for row in found.tasks] == pytest.approx([1 / 7] * 7)
    assert [row.effect for row in found.power] == [0.03, 0.05, 0.1, 0.2]
    assert found.cost[0].reason == "tokens are not known at 7 of 7 tasks"


def test_unlike_treatment_and_graded_scores_are_warned_of(tmp_path: Path) -> None:
    rows = [
        *attempts("a", HIGHER, n=8, harness_id="long", elicitation="cot"),
        *attempts("b", RATES, n=6, harness_id="short", elicitation="greedy"),
    ]
    rows[0]["score"] = 0.5
    found = compare(study_of(tmp_path, rows), "a", "b")
    said = " ".join(found.warnings)
    for part in (
        "elicitations differ: cot for a, greedy for b",
        "harnesses differ",
        "graded",
        "96 of a, 72 of b",
    ):
        assert part in said
    assert found.elicitations == {"a": "cot", "b": "greedy"}


def test_no_success_at_all_leaves_an_interval_open_and_no_cost(tmp_path: Path) -> None:
    none = dict.fromkeys(RATES, 0.0)
    found = compare(study_of(tmp_path, [*attempts("a", none), *attempts("b", none)]), "a", "b")
    assert found.likely.lower < 0 < found.likely.upper
    assert found.likely.p == pytest.approx(1.0)
    assert found.cost[0].reason == "no success of a nor of b"
    assert any("scores lie near 0 or 1 and families are few" in said for said in found.warnings)


@pytest.mark.parametrize(
    ("models", "more", "error", "said"),
    [
        (("big", "smal"), {}, UnknownName, "Did you mean 'small'"),
        (("big", "big"), {}, BadInput, "named twice"),
        (("big", "small"), {"metric": "acc"}, UnknownName, "no metric called"),
        (("big", "small"), {"elicitation": "cot"}, UnknownName, "no elicitation called"),
        (("big", "small"), {"level": 100.0}, BadInput, "from 50 to below 100"),
        (("big", "small"), {"effect": 0.0}, BadInput, "above 0"),
        (("big", "small"), {"per": "model"}, UnknownName, "way to count"),
        (("big", "small"), {"weights": Weights(families={"ad": 1})}, UnknownName, "Did you mean 'add'"),
        (("big", "small"), {"weights": Weights(families={"lone": 1}, others=0)}, BadInput, "has a weight"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_the_way_out(
    studies: dict[str, Path], models: tuple[str, str], more: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        compare(studies["runs"], *models, **more)


def test_models_without_a_task_in_common_or_hardly_any_attempts_have_no_answer(tmp_path: Path) -> None:
    apart, few = tmp_path / "apart", tmp_path / "few"
    apart.mkdir()
    few.mkdir()
    with pytest.raises(NoAnswer, match="no-shared-tasks"):
        compare(study_of(apart, [*attempts("a", {"x/1": 0.5}), *attempts("b", {"y/1": 0.5})]), "a", "b")
    rows = [*attempts("a", {"x/1": 0.5}, n=4), *attempts("b", {"x/1": 0.5}, n=9)]
    with pytest.raises(NoAnswer, match="too-few-attempts"):
        compare(study_of(few, rows), "a", "b")


def test_the_verb_words_every_part(studies: dict[str, Path]) -> None:
    done = CliRunner().invoke(command, [str(studies["runs"]), "big", "small"], standalone_mode=False)
    assert done.exception is None
    for part in ("12 tasks of 4 families, each family counts alike", "95 % interval", "families for 80 %",
                 "tokens", "big is ahead of small"):  # fmt: skip
        assert part in done.stdout
