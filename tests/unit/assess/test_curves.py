from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from tests.unit.assess.studies import Cells, Model, constant, make, make_graded, of, sized, take_in

from tasklaws.assess.curves import AHEAD, STEPS, _own_unit, law_curves
from tasklaws.assess.features import DAYS_PER_YEAR
from tasklaws.assess.selection import select
from tasklaws.core.errors import NoAnswer, UnknownName

if TYPE_CHECKING:
    from pathlib import Path


def test_a_curve_per_family_runs_from_the_first_rung_beyond_the_target(base: Path) -> None:
    made = law_curves(select(base), "demo", "m5")
    assert (made.axis, made.unit) == ("n_params", "parameters")
    frame = made.frame
    assert frame["task_family"].unique().sort().to_list() == ["add", "sort"]
    assert frame.height == 2 * STEPS
    one = frame.filter(pl.col("task_family") == "add")
    assert one["x"].is_sorted()
    span = np.log10(one["x"].to_numpy())
    assert span[0] == pytest.approx(7)
    assert span[-1] == pytest.approx(9 + AHEAD * 2)
    assert (one["q050"] <= one["q500"]).all()
    assert (one["q500"] <= one["q950"]).all()
    assert frame["q050"].min() >= 0
    assert frame["q950"].max() <= 1
    width = one["q950"] - one["q050"]
    assert width[-1] > width[STEPS // 2]


def test_the_curve_goes_through_the_rungs(base: Path, cells: Cells) -> None:
    one = law_curves(select(base), "demo").frame.filter(pl.col("task_family") == "add")
    for i in range(5):
        mean = np.mean([cells[f"m{i}", "add", f"add/{t}"][0] / 60 for t in range(4)])
        x = 10 ** (7 + 0.4 * i)
        middle = np.interp(np.log10(x), np.log10(one["x"].to_numpy()), one["q500"].to_numpy())
        assert middle == pytest.approx(mean, abs=0.08)


def test_the_curve_does_not_know_the_target(base: Path, cells: Cells, tmp_path: Path) -> None:
    before = law_curves(select(base), "demo", "m5").frame
    take_in(tmp_path, of(cells, "m5"), base)
    assert law_curves(select(base), "demo", "m5").frame.equals(before)
    assert not law_curves(select(base), "demo").frame.equals(before)


def test_curves_of_too_few_rungs_or_of_graded_scores_are_no_answer(tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    few = select(make(tmp_path / "few", constant(sized(2), [0.1, 0.5]), sized(2)))
    with pytest.raises(NoAnswer, match="ladder-too-short"):
        law_curves(few, "demo")
    with pytest.raises(NoAnswer, match="no-likelihood"):
        law_curves(select(make_graded(tmp_path, sized(4))), "demo")
    with pytest.raises(UnknownName, match="no model called 'm9'"):
        law_curves(few, "demo", "m9")


def test_places_come_back_in_the_unit_of_the_ladder(tmp_path: Path) -> None:
    assert _own_unit(9.0, "flops") == pytest.approx(1e9)
    assert _own_unit(-32 * np.log10(2.5), "loss_nats") == pytest.approx(2.5)
    assert _own_unit(date(2024, 1, 1).toordinal() / DAYS_PER_YEAR, "released") == pytest.approx(
        2024, abs=0.005
    )
    models = [Model(f"r{i}", {"lineage": "demo", "released": date(2020 + i, 6, 1)}) for i in range(5)]
    made = law_curves(
        select(make(tmp_path, constant(models, [0.1, 0.2, 0.4, 0.5, 0.7]), models, "released")), "demo"
    )
    assert made.unit == "year"
    assert made.frame["x"][0] == pytest.approx(2020 + 152 / 366, abs=0.01)
