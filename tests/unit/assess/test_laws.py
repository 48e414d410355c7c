from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.assess.studies import Cells, Model, make, make_graded, planted, sized, tree

from tasklaws.assess.law_rows import formula
from tasklaws.assess.laws import fit
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName
from tasklaws.forms import FORMS
from tasklaws.run.imports import import_runs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tasklaws.assess.laws import StudyLaws

RATE_FORMS = {"constant", "gumbel", "logistic", "mirrored_gumbel", "persistence_drift", "step"}
"""Forms of rates that need no more than the axis."""


def rows_of(laws: StudyLaws, **wanted: object) -> list[dict[str, Any]]:
    return [row for row in laws.rows if all(row[key] == value for key, value in wanted.items())]


def losses(count: int, noise: float = 0.01, seed: int = 0) -> list[Model]:
    """Return models whose losses follow 1.7 + 0.9 10^(-0.3 (x - 7)) in log10 parameters."""
    rng = np.random.default_rng(seed)
    models = sized(min(count, 8))
    more = [
        Model(f"r{i}", {"lineage": "demo", "n_params": 10.0 ** (7.05 + 0.1 * i)})
        for i in range(count - len(models))
    ]
    out = []
    for model in [*models, *more]:
        x = math.log10(float(str(model.said["n_params"])))
        loss = 1.7 + 0.9 * 10 ** (-0.3 * (x - 7)) + rng.normal(0, noise)
        out.append(replace(model, said={**model.said, "loss_nats": float(loss)}))
    return out


def test_tasks_and_families_have_a_row_per_form_and_weights_that_add_up(base: Path) -> None:
    before = tree(base)
    laws = fit(base)
    assert tree(base) == before
    document = laws.document()
    assert all(
        {"family", "task_id", "form", "weight", "params", "status"} <= set(law) for law in document["laws"]
    )
    subjects = {(law["level"], law["family"], law["task_id"]) for law in laws.rows}
    assert len(subjects) == 7 + 2
    for level, family, task in subjects:
        mine = rows_of(laws, level=level, family=family, task_id=task)
        assert {law["form"] for law in mine} == RATE_FORMS
        assert sum(law["weight"] for law in mine if law["weight"] is not None) == pytest.approx(1)
    assert {law["form"].split(":")[0] for law in document["forecaster"]} == {"gp_ladder"}
    json.dumps(document, allow_nan=False)


def test_a_form_that_weighs_its_points_has_no_weight_by_aic_but_one_by_held_out_score(base: Path) -> None:
    by_aic, held_out = fit(base), fit(base, weights="held_out")
    assert {law["weight"] for law in rows_of(by_aic, form="persistence_drift")} == {None}
    assert all(law["weight"] > 0 for law in rows_of(held_out, form="persistence_drift"))
    for task in {law["task_id"] for law in held_out.rows} - {None}:
        assert sum(law["weight"] for law in rows_of(held_out, task_id=task)) == pytest.approx(1)


def test_the_planted_law_leads_and_its_intervals_hold_the_rates(base: Path, cells: Cells) -> None:
    laws = fit(base)
    growing = sum(law["weight"] for law in rows_of(laws, level="task") if law["form"] == "logistic")
    flat = sum(law["weight"] for law in rows_of(laws, level="task") if law["form"] == "constant")
    assert growing > 5 * flat
    for law in rows_of(laws, form="logistic", level="task"):
        params = law["params"]
        assert params["slope"]["lower"] < params["slope"]["value"] < params["slope"]["upper"]
        k, n = cells["m4", law["family"], law["task_id"]]
        x = math.log10(10.0 ** (7 + 0.4 * 4))
        here = 1 / (
            1
            + math.exp(-params["level"]["value"] - params["slope"]["value"] * (x - params["origin"]["value"]))
        )
        assert abs(here - k / n) < 0.2
        assert params["origin"]["reason"] == "held, not fitted"


def test_the_formula_has_the_numbers_in_it(base: Path) -> None:
    (law, *_) = rows_of(fit(base, forms=["logistic"]), level="task")
    assert law["law"].startswith("1 / (1 + exp(-(")
    assert f"{law['params']['slope']['value']:.4g}" in law["law"]
    worded = formula(
        FORMS["logistic"], {"floor": 0.0, "reach": 1.0, "level": 1.0, "slope": -2.0, "origin": -3.0}
    )
    assert worded == "1 / (1 + exp(-(1 - 2 (x + 3))))"


def test_a_formula_without_floor_and_ceiling_is_bare() -> None:
    known = {"floor": 0.0, "reach": 1.0, "level": -0.5, "exponent": 1.5, "origin": 4.25}
    assert formula(FORMS["gumbel"], known) == "exp(-10^(-(-0.5 + 1.5 (x - 4.25))))"
    assert formula(FORMS["mirrored_gumbel"], known) == "1 - exp(-10^(-0.5 + 1.5 (x - 4.25)))"
    floored = formula(FORMS["mirrored_gumbel"], known | {"floor": 0.25})
    assert floored == "0.25 + 0.75 (1 - exp(-10^(-0.5 + 1.5 (x - 4.25))))"


def test_a_family_pools_the_counts_of_its_tasks(base: Path, cells: Cells) -> None:
    (law,) = rows_of(fit(base, of=["family"], forms=["constant"]), family="add")
    known = [pair for (model, family, _), pair in cells.items() if family == "add" and model != "m5"]
    pooled = sum(k for k, _ in known) / sum(n for _, n in known)
    assert law["params"]["level"]["value"] == pytest.approx(pooled, abs=1e-6)
    assert (law["level"], law["task_id"]) == ("family", None)


def test_of_and_forms_narrow_what_is_fitted(base: Path) -> None:
    laws = fit(base, of=["task"], forms=["gumbel", "logistic"])
    assert {law["level"] for law in laws.rows} == {"task"}
    assert {law["form"] for law in laws.rows} == {"gumbel", "logistic"}


def test_a_freed_ceiling_is_fitted_and_wider(base: Path) -> None:
    usual, freed = (fit(base, forms=["logistic"], of=["task"], free=free) for free in ((), ("reach",)))
    assert all(law["params"]["reach"]["reason"] == "held, not fitted" for law in usual.rows)
    for known, law in zip(usual.rows, freed.rows, strict=True):
        assert law["params"]["reach"]["reason"] != "held, not fitted"
        assert law["minimum"] <= known["minimum"] + 1e-6


def test_lineages_are_fitted_apart_and_short_ones_are_named(tmp_path: Path) -> None:
    models = [*sized(4), *sized(2, prefix="short", lineage="second")]
    made = fit(make(tmp_path, planted(models), models))
    assert {law["lineage"] for law in made.rows} == {"demo"}
    assert any("lineage 'second' has 2 rungs" in warning for warning in made.warnings)


def test_too_few_rungs_are_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="ladder-too-short: lineage 'demo' has 2 rungs"):
        fit(make(tmp_path, planted(sized(2)), sized(2)))


def test_graded_scores_have_laws_of_values(tmp_path: Path) -> None:
    laws = fit(make_graded(tmp_path, sized(4)))
    assert {law["objective"] for law in laws.rows} == {"gaussian"}
    (flat,) = rows_of(laws, form="constant")
    assert flat["params"]["level"]["value"] == pytest.approx((0.5 + 0.25 + 1.0) / 3)


def test_losses_of_the_models_have_laws_and_carry_the_two_stage_form(tmp_path: Path) -> None:
    models = losses(8)
    laws = fit(make(tmp_path, planted(models), models))
    (law,) = rows_of(laws, level="loss", form="power_floor")
    for name, truth in (("irreducible", 1.7), ("amount", 0.9), ("exponent", 0.3)):
        assert law["params"][name]["lower"] < truth < law["params"][name]["upper"]
    assert law["weight"] > 0.99
    assert {law["form"] for law in rows_of(laws, level="loss")} == {"constant", "power_floor"}
    two_stage = rows_of(laws, form="two_stage", level="task")
    assert len(two_stage) == 7
    assert all(law["params"]["irreducible"]["reason"] == "held, not fitted" for law in two_stage)


def test_a_broken_power_law_on_20_losses_is_refused_in_three_parts(tmp_path: Path) -> None:
    models = losses(20)
    study = make(tmp_path, planted(sized(5)), models)
    with pytest.raises(NoAnswer) as caught:
        fit(study, of=["loss"], forms=["broken_power"])
    assert str(caught.value) == (
        "too-few-points: cannot fit 'broken_power' to 20 points: it has 6 free parameters."
        " It needs 60 points or more. Add rungs, or use a form with fewer parameters."
    )
    assert any("'broken_power'" in warning for warning in fit(study, of=["loss"]).warnings)


def test_a_falling_form_of_a_rising_metric_is_refused_by_the_metrics_direction(base: Path) -> None:
    with pytest.raises(BadInput) as caught:
        fit(base, forms=["power_floor"], of=["task"])
    assert (
        "the form is falling along the ladder, and higher values of this metric are better"
        in caught.value.what
    )
    assert "logistic" in caught.value.way_out


def test_a_rising_form_of_a_metric_that_falls_is_refused_and_falling_ones_are_fitted(tmp_path: Path) -> None:
    models = sized(6)
    (tmp_path / "ladder.toml").write_text(
        'axis = "n_params"\n' + "".join(model.rung() for model in models), encoding="utf-8"
    )
    rates = [0.3 + 0.4 * 10 ** (-0.8 * 0.4 * i) for i in range(6)]
    lines = [f"m{i},f,t,err,{round(400 * rate)},400" for i, rate in enumerate(rates)]
    (tmp_path / "r.csv").write_text(
        "\n".join(["model,task_family,task_id,metric,k,n", *lines]) + "\n", encoding="utf-8"
    )
    (tmp_path / "map.toml").write_text('[direction]\nerr = "lower"\n', encoding="utf-8")
    import_runs(
        "table",
        tmp_path / "r.csv",
        tmp_path / "study",
        ladder=tmp_path / "ladder.toml",
        column_map=tmp_path / "map.toml",
    )
    with pytest.raises(BadInput, match="rising along the ladder, and lower values"):
        fit(tmp_path / "study", forms=["logistic"])
    (law,) = rows_of(fit(tmp_path / "study", of=["task"]), form="power_floor")
    assert law["params"]["exponent"]["lower"] < 0.8 < law["params"]["exponent"]["upper"]
    assert {row["form"] for row in fit(tmp_path / "study").rows}.isdisjoint({"logistic", "gumbel", "step"})


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({"forms": ["logistik"]}, "there is no form called 'logistik'. Did you mean 'logistic'"),
        ({"free": ["flor"]}, "there is no parameter called 'flor'. Did you mean 'floor'"),
        ({"objective": "poisson"}, "there is no objective called 'poisson'"),
        ({"weights": "bic"}, "there is no kind of weights called 'bic'"),
        ({"of": ["suite"]}, "there is no kind of law called 'suite'"),
    ],
)
def test_unknown_names_are_answered_with_the_known_ones(
    base: Path, options: dict[str, Any], names: str
) -> None:
    with pytest.raises(UnknownName) as caught:
        fit(base, **options)
    assert names in str(caught.value)


def test_a_form_of_two_covariates_needs_both(base: Path) -> None:
    with pytest.raises(BadInput, match="not every rung of lineage 'demo' states its parameters and tokens"):
        fit(base, forms=["log_power"])


def test_a_two_stage_form_needs_losses(base: Path) -> None:
    with pytest.raises(BadInput, match="has no loss law along log10 n_params"):
        fit(base, forms=["two_stage"])


def test_bootstrap_intervals_repeat_with_their_seed_and_lie_near_the_profile(base: Path) -> None:
    first, again = (fit(base, of=["task"], forms=["logistic"], bootstrap=True, seed=3) for _ in range(2))
    assert first.rows == again.rows
    for boot, profile in zip(first.rows, fit(base, of=["task"], forms=["logistic"]).rows, strict=True):
        width = [law["params"]["slope"]["upper"] - law["params"]["slope"]["lower"] for law in (boot, profile)]
        assert 0.6 < width[0] / width[1] < 1.6


@pytest.mark.parametrize("objective", ["beta_binomial", "log_huber"])
def test_other_objectives_run_where_they_belong(tmp_path: Path, objective: str) -> None:
    models = losses(8)
    laws = fit(make(tmp_path, planted(models), models), objective=objective)
    used: Iterable[str] = {law["objective"] for law in rows_of(laws, level="task")}
    of_losses = {law["objective"] for law in rows_of(laws, level="loss")}
    expected = (
        ({"beta_binomial"}, {"gaussian"}) if objective == "beta_binomial" else ({"binomial"}, {"log_huber"})
    )
    assert (used, of_losses) == expected
