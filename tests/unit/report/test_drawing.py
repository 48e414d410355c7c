from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from tests.unit.report.made_up import cells_of, synthetic_cells

from tasklaws.core.tables import LADDER, validate
from tasklaws.report.blocks import Figure
from tasklaws.report.content import Curves, ReportInput
from tasklaws.report.drawing import values
from tasklaws.report.figures import histogram
from tasklaws.report.multiples import log_ticks
from tasklaws.report.sections.curves import SECTION


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (1.89e7, 1.2e9, (1e8, 1e9)),
        (1e18, 1e26, (1e18, 1e21, 1e24)),
        (2e6, 9e6, (2e6, 5e6)),
        (4e6, 4e6, (4e6,)),
        (6e6, 7e6, (6e6, 7e6)),
    ],
)
def test_log_ticks_are_round_and_few(low: float, high: float, ticks: tuple[float, ...]) -> None:
    assert log_ticks(low, high) == pytest.approx(ticks)


def test_long_names_with_one_beginning_stay_apart() -> None:
    names = ["L" * 200 + end for end in "ab"]
    assert len({row["name"] for row in values([{"name": name} for name in names])}) == 2


def test_curves_along_release_dates_are_placed_in_years() -> None:
    cells = cells_of(synthetic_cells(["add"], rungs=2))
    models = sorted(cells["model"].unique())
    rungs = [{"model": m, "lineage": "alpha", "released": date(2024 + i, 1, 1)} for i, m in enumerate(models)]
    law = pl.DataFrame({"task_family": ["add"] * 2, "task_id": [None] * 2, "lineage": ["alpha"] * 2,
                        "x": [2024.0, 2025.0],
                        "q050": [0.1, 0.2], "q500": [0.2, 0.3], "q950": [0.3, 0.4]})  # fmt: skip
    content = ReportInput(
        "t", validate(pl.DataFrame(rungs), LADDER), cells, curves=Curves(law, "released", "", log=False)
    )
    (figure, _) = SECTION.build(content)
    assert isinstance(figure, Figure)
    assert [row["x"] for row in figure.table.rows] == [2024.0, 2025.0]


def test_a_log_axis_is_linear_where_a_place_has_no_logarithm() -> None:
    law = pl.DataFrame(
        {
            "task_family": ["add"],
            "task_id": [None],
            "x": [0.0],
            "lineage": ["a"],
            "q050": [0.1],
            "q500": [0.2],
            "q950": [0.3],
        }
    )
    (figure, _) = SECTION.build(ReportInput("t", curves=Curves(law, "pc1", "", log=True)))
    assert isinstance(figure, Figure)
    assert figure.panels[0].spec["layer"][0]["encoding"]["x"]["scale"]["type"] == "linear"


@pytest.mark.parametrize(("role", "starred"), [("within chance", False), ("beyond chance", True)])
def test_histogram_has_a_layer_of_stars_only_where_a_bar_has_one(role: str, starred: bool) -> None:
    row = {"bin": "0 to 1", "start": 0.0, "end": 1.0, "count": 5, "lower": 1, "upper": 9, "role": role}
    layers = histogram([row], 5.0, "a histogram")["layer"]
    assert any(one["mark"]["type"] == "text" for one in layers) is starred
