from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.unit.assess.studies import Cells, make, make_graded, planted, sized, tree

from tasklaws.assess.laws import fit
from tasklaws.core.errors import NoAnswer

if TYPE_CHECKING:
    from pathlib import Path


def test_every_task_has_a_row_per_form_and_weights_that_add_up(base: Path) -> None:
    before = tree(base)
    document = fit(base).document()
    assert tree(base) == before
    laws = document["laws"]
    assert all({"family", "task_id", "form", "weight", "params", "status"} <= set(law) for law in laws)
    forms = {law["form"] for law in laws}
    assert forms == {f"gp_ladder:{name}" for name in ("logit", "floored_logit", "floored_gumbel", "identity")}
    assert len(laws) == 7 * len(forms)
    for task in {law["task_id"] for law in laws}:
        assert sum(law["weight"] for law in laws if law["task_id"] == task) == pytest.approx(1)
    assert {law["status"] for law in laws} == {"ok"}
    json.dumps(document, allow_nan=False)


def test_a_law_says_where_the_ladder_stands_and_where_it_goes(base: Path, cells: Cells) -> None:
    for law in fit(base).rows:
        params = law["params"]
        assert (params["axis"], params["unit"]) == ("log10 n_params", "decades")
        here, on = params["rate_at_last"], params["rate_one_on"]
        assert here["lower"] < here["middle"] < here["upper"]
        k, n = cells["m4", law["family"], law["task_id"]]
        if law["form"] == "gp_ladder:logit":
            assert here["lower"] - 0.1 < k / n < here["upper"] + 0.1
            assert on["middle"] > here["middle"]


def test_lineages_are_fitted_apart_and_short_ones_are_named(tmp_path: Path) -> None:
    models = [*sized(4), *sized(2, prefix="short", lineage="second")]
    made = fit(make(tmp_path, planted(models), models))
    assert {law["lineage"] for law in made.rows} == {"demo"}
    assert any("lineage 'second' has 2 rungs" in warning for warning in made.warnings)


def test_too_few_rungs_are_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="ladder-too-short: lineage 'demo' has 2 rungs"):
        fit(make(tmp_path, planted(sized(2)), sized(2)))


def test_graded_scores_are_rows_without_a_law(tmp_path: Path) -> None:
    (row,) = fit(make_graded(tmp_path, sized(4))).rows
    assert (row["task_id"], row["status"], row["form"], row["params"]) == ("t", "no_likelihood", None, None)
