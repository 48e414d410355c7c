from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.assess.studies import Cells, make_graded, sized

from tasklaws.assess.forecaster_laws import forecaster_rows
from tasklaws.assess.selection import select

if TYPE_CHECKING:
    from pathlib import Path


def test_every_task_has_a_row_per_link_and_weights_that_add_up(base: Path) -> None:
    laws = forecaster_rows(select(base), "demo")
    links = {law["form"] for law in laws}
    assert links == {f"gp_ladder:{name}" for name in ("logit", "floored_logit", "floored_gumbel", "identity")}
    assert len(laws) == 7 * len(links)
    for task in {law["task_id"] for law in laws}:
        assert sum(law["weight"] for law in laws if law["task_id"] == task) == pytest.approx(1)
    assert {law["status"] for law in laws} == {"ok"}


def test_a_law_says_where_the_ladder_stands_and_where_it_goes(base: Path, cells: Cells) -> None:
    for law in forecaster_rows(select(base), "demo"):
        params = law["params"]
        assert (params["axis"], params["unit"]) == ("log10 n_params", "decades")
        here, on = params["rate_at_last"], params["rate_one_on"]
        assert here["lower"] < here["middle"] < here["upper"]
        k, n = cells["m4", law["family"], law["task_id"]]
        if law["form"] == "gp_ladder:logit":
            assert here["lower"] - 0.1 < k / n < here["upper"] + 0.1
            assert on["middle"] > here["middle"]


def test_graded_scores_are_rows_without_a_law(tmp_path: Path) -> None:
    (row,) = forecaster_rows(select(make_graded(tmp_path, sized(4))), "demo")
    assert (row["task_id"], row["status"], row["form"], row["params"]) == ("t", "no_likelihood", None, None)
