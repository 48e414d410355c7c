"""Results in a notebook: the charts of the report as images, the numbers folded under them."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import polars as pl
import pytest
from tests.unit.assess.studies import make, of, planted, sized, take_in
from tests.unit.report.certified import diagnosed
from tests.unit.report.made_up import HOSTILE, forecasts_of, synthetic_cells
from tests.unit.report.spent import budget

import tasklaws as tl
from tasklaws.assess.backtesting import backtest
from tasklaws.assess.diagnosis import Diagnosis
from tasklaws.assess.forecast import predict
from tasklaws.assess.laws import StudyLaws
from tasklaws.assess.opening import open_forecast
from tasklaws.assess.prediction import Prediction
from tasklaws.assess.track_record import latest_opened
from tasklaws.core.errors import NoAnswer
from tasklaws.report.notebook import SHOWN, html
from tasklaws.report.study_report import ReportResult
from tasklaws.study.folder import Study

KEPT = {"div", "img", "p", "strong", "h4", "ul", "li", "details", "summary"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip
"""Tags that JupyterLab leaves in the output of a notebook that is not trusted."""
PICTURE = re.compile(r'<img src="data:image/svg\+xml;base64,[\w+/=]+" alt="[^"]+"')


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the library that draws."""
    monkeypatch.setitem(sys.modules, "vl_convert", None)


def prediction(target: str = "next", tasks_each: int = 2) -> Prediction:
    cells = synthetic_cells(("add", "sort"), tasks_each, 1)
    return Prediction(target, "forecast", forecasts_of(target, cells), ())


@dataclass(frozen=True)
class BudgetResult:
    """Stands for the result of the verb of that name."""

    said: dict[str, Any]

    def document(self) -> dict[str, Any]:
        return self.said


def test_a_prediction_shows_its_charts_and_their_numbers() -> None:
    pytest.importorskip("vl_convert", reason="the extra png is not installed")
    shown = html(prediction())
    assert len(PICTURE.findall(shown)) == 2  # families and tasks
    assert shown.count("<summary>Numbers behind this chart</summary>") == 2
    assert "<td>add/0</td>" in shown
    assert set(re.findall(r"<(\w+)", shown)) <= KEPT


def test_a_sealed_prediction_tells_its_hash(no_pictures: None) -> None:
    made = prediction()
    assert "not sealed" in html(made)
    sealed = Prediction(made.target, made.label, made.table, (), sha256="4be1" * 16)
    assert "4be1" * 16 in html(sealed)


def test_without_the_library_the_finding_stands_in_words(no_pictures: None) -> None:
    shown = html(prediction())
    assert "<img" not in shown
    assert "<h4>Least certain family: " in shown
    assert "pip install 'tasklaws[png]'" in shown
    assert "<td>add/0</td>" in shown


def test_long_tables_are_cut_and_say_so(no_pictures: None) -> None:
    shown = html(prediction(tasks_each=60))
    assert "Showing 100 of 120 rows" in shown


def test_hostile_names_are_escaped(no_pictures: None) -> None:
    made = prediction(HOSTILE[0])
    renamed = made.table.with_columns((HOSTILE[1] + pl.col("task_family")).alias("task_family"))
    shown = html(Prediction(HOSTILE[0], "forecast", renamed, ()))
    assert "&lt;/script&gt;" in shown
    assert not re.search(r"<(?:script|img)\b", shown)


def test_a_result_of_which_the_report_holds_the_document_is_shown_by_its_section(no_pictures: None) -> None:
    shown = html(BudgetResult(dict(budget())))
    assert "<h4>" in shown
    assert "Numbers behind this chart" in shown


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return a study of which one forecast was opened."""
    folder, models = tmp_path_factory.mktemp("notebook"), sized(5)
    cells = planted(models)
    made = make(folder, of(cells, "m0", "m1", "m2", "m3"), models)
    predict(made, "m4", seal=True)
    take_in(folder, of(cells, "m4"), made)
    open_forecast(made)
    return Study(made)


def test_a_study_shows_what_it_holds(study: Study, no_pictures: None) -> None:
    shown = html(study)
    assert "families the next model&#39;s score fell inside its 90\u00a0% interval" in shown
    assert "<td>opened</td>" in shown


def test_an_opened_forecast_is_shown_against_the_baselines(study: Study, no_pictures: None) -> None:
    opened = latest_opened(study)
    assert opened is not None
    assert re.search(r"<h4>The error \(CRPS\) is [\d.]+\u00a0points, \d+\u00a0% ", html(opened.scored))


def test_a_backtest_tells_its_verdict_first(study: Study, no_pictures: None) -> None:
    shown = html(backtest(study))
    assert shown.index("<strong>Past forecasts of the next model") < shown.index("<h4>")


def test_a_diagnosis_and_laws_are_tables(no_pictures: None) -> None:
    assert "<summary>Verdict of each family" in html(Diagnosis(diagnosed(), ()))
    law = {"lineage": "demo", "family": "add", "task_id": None, "form": "gumbel", "weight": 0.9, "law": "x"}
    assert "<td>gumbel</td><td>90.0\u00a0%</td>" in html(StudyLaws((law,), (), {}))


def test_a_report_tells_where_it_is() -> None:
    assert "out/r.html, 1,234 bytes" in html(ReportResult("out/r.html", 1234))


def test_what_cannot_be_shown_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(result: object) -> None:
        raise NoAnswer("removed", "The results were removed.")

    monkeypatch.setitem(SHOWN, "BudgetResult", refused)
    assert "<p>removed: The results were removed." in html(BudgetResult({}))


def test_every_class_that_a_notebook_draws_can_be_shown() -> None:
    assert set(tl._DRAWN.values()) == set(SHOWN)


def test_a_class_gets_its_picture_as_it_is_loaded_and_what_draws_is_not_loaded_for_it() -> None:
    code = (
        "import sys, tasklaws as tl; assert 'tasklaws.report' not in sys.modules; "
        "assert tl.Study._repr_html_; assert 'jinja2' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
