"""The verb report on studies of every kind, from nothing but imports to opened forecasts."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import pytest
from tests.unit.assess.studies import (
    SIZES,
    Model,
    constant,
    make,
    make_graded,
    of,
    planted,
    sized,
    take_in,
    tree,
)

from tasklaws.assess.forecast import predict
from tasklaws.assess.opening import open_forecast
from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.report.collect import collect
from tasklaws.report.study_report import report
from tasklaws.run.imports import import_runs, remove
from tasklaws.study.folder import Study


@pytest.fixture(autouse=True)
def no_drawing(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the library that draws pictures, which takes seconds, unless pictures are tried."""
    if "drawing" not in request.fixturenames:
        monkeypatch.setitem(sys.modules, "vl_convert", None)


@pytest.fixture
def drawing() -> None:
    """Keep the library that draws pictures."""
    pytest.importorskip("vl_convert", reason="the extra png is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a study of which one forecast was opened and one waits."""
    made = tmp_path_factory.mktemp("report")
    models = sized(7)
    study = make(made, of(planted(models), *(f"m{i}" for i in range(5))), models)
    predict(study, "m5", seal=True)
    take_in(made, of(planted(models), "m5"), study)
    open_forecast(study)
    predict(study, "m6", seal=True)
    return made


def text_of(page: bytes) -> str:
    bare = re.sub(rb"<(script|style)\b.*?</\1>", b" ", page, flags=re.DOTALL)
    return " ".join(re.sub(rb"<[^>]*>", b" ", bare).decode().replace("\u00a0", " ").split())


def test_the_page_is_written_into_the_study_and_its_size_told(folder: Path) -> None:
    made = report(folder / "study").document()
    path = folder / "study" / "report.html"
    assert made["path"] == str(path)
    assert made["bytes"] == path.stat().st_size


def test_the_page_changes_nothing_else_and_is_the_same_bytes_again(folder: Path) -> None:
    study = folder / "study"
    one, two = folder / "one.html", folder / "two.html"
    before = tree(study)
    report(study, one)
    report(str(study), str(two))
    assert one.read_bytes() == two.read_bytes()
    assert tree(study) == before


def test_the_page_shows_what_waits_and_what_came(folder: Path) -> None:
    content = collect(Study(folder / "study"))
    assert content.prediction is not None
    assert content.prediction.forecasts["target"].unique().to_list() == ["m6"]
    assert content.opened is not None
    assert content.opened.observations["target"].unique().to_list() == ["m5"]
    assert content.backtest is not None
    assert content.reliability is not None
    assert sum(content.reliability.pit_counts) == 3 * 7
    assert content.curves is not None
    assert content.curves.frame["x"].max() > SIZES[6]
    record = (content.record or {})["forecasts"]
    assert [(row["target"], row["opened"]) for row in record] == [("m5", True), ("m6", False)]
    text = text_of((folder / "study" / "report.html").read_bytes() if report(folder / "study") else b"")
    assert "2 forecasts sealed, 1 opened" in text
    assert content.prediction.seal is not None
    assert content.prediction.seal.sha256 in text


def test_past_forecasts_stand_beside_each_baseline(folder: Path) -> None:
    content = collect(Study(folder / "study"))
    assert content.backtest is not None
    past = content.backtest.forecasts
    assert past.height == 3 * 7
    rivals = [name for name in past.columns if name.endswith("_crps") and name.startswith("b")]
    assert len(rivals) == 8
    assert past.select(rivals).null_count().sum_horizontal().item() == 0


def test_a_study_without_forecasts_has_a_page(tmp_path: Path) -> None:
    study = make(tmp_path, planted(sized(5)), sized(5))
    content = collect(Study(study))
    assert (content.prediction, content.opened) == (None, None)
    assert content.backtest is not None
    assert content.curves is not None
    assert report(study).bytes > 100_000


def _too_short(folder: Path) -> Path:
    return make(folder, planted(sized(2)), sized(3))


def _off_the_ladder(folder: Path) -> Path:
    return make(folder, planted(sized(4)), sized(2, prefix="other"))


def _no_ladder(folder: Path) -> Path:
    return take_in(folder, constant(sized(3), [0.1, 0.2, 0.3]), folder / "study")


def _graded(folder: Path) -> Path:
    return make_graded(folder, sized(5), 5)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (_too_short, "ladder-too-short"),
        (_off_the_ladder, "ladder-too-short"),
        (_no_ladder, "ladder-too-short"),
        (_graded, "no-likelihood"),
    ],
)
def test_what_a_study_cannot_give_is_said(kind: object, reason: str, tmp_path: Path) -> None:
    assert callable(kind)
    study = kind(tmp_path)
    made = report(study)
    assert any(reason in warning for warning in made.warnings)
    content = collect(Study(study))
    assert (content.backtest, content.curves, content.prediction) == (None, None, None)
    assert content.cells.height > 0
    assert reason in text_of((study / "report.html").read_bytes())


def test_an_altered_forecast_stops_the_page(folder: Path, tmp_path: Path) -> None:
    study = shutil.copytree(folder / "study", tmp_path / "study")
    latest = next((study / "forecasts").glob("m6-*.json"))
    latest.write_bytes(latest.read_bytes() + b" ")
    with pytest.raises(VerificationFailed, match="sealed with sha256"):
        report(study)


def test_a_forecast_of_a_model_that_left_the_ladder_keeps_its_page(tmp_path: Path) -> None:
    models = sized(5)
    study = make(tmp_path, planted(models[:4]), models)
    predict(study, "m4", seal=True)
    gone = [*models[:4], Model("other", {"lineage": "demo", "n_params": SIZES[5]})]
    (tmp_path / "gone").mkdir()
    replaced = make(tmp_path / "gone", planted(gone[:4]), gone)
    import_runs("table", tmp_path / "results0.csv", study, ladder=replaced / "ladder.toml")
    content = collect(Study(study))
    assert content.prediction is not None
    assert content.curves is not None


def test_a_study_whose_only_import_was_removed_still_has_a_page(tmp_path: Path) -> None:
    study = make(tmp_path, planted(sized(4)), sized(4))
    remove(study, Study(study).imports()[0].import_id)
    assert any("0 models have results" in warning for warning in report(study).warnings)


def test_an_opened_forecast_whose_results_were_removed_is_still_listed(folder: Path, tmp_path: Path) -> None:
    study = shutil.copytree(folder / "study", tmp_path / "study")
    remove(study, Study(study).imports()[1].import_id)
    assert any("no-results-yet: model 'm5'" in warning for warning in report(study).warnings)
    content = collect(Study(study))
    assert content.opened is None
    assert [row["opened"] for row in (content.record or {})["forecasts"]] == [True, False]


def test_hostile_names_are_inert(tmp_path: Path) -> None:
    name = "</script><script>alert(1)</script>"
    models = [*sized(4), Model(name, {"lineage": "demo", "n_params": SIZES[4]})]
    study = make(tmp_path, planted(sized(4)), models)
    predict(study, name, seal=True)
    report(study)
    assert b"<script>alert(1)" not in (study / "report.html").read_bytes()


@pytest.mark.usefixtures("drawing")
def test_headline_charts_stand_in_the_page_as_pictures_and_all_where_they_are_asked_for(
    folder: Path, tmp_path: Path
) -> None:
    figures = tmp_path / "figures"
    told = report(folder / "study", tmp_path / "r.html", static=figures, formats=("svg",)).document()
    page = (tmp_path / "r.html").read_text()
    assert page.count('<noscript><img src="data:image/svg+xml;base64,') == 3
    assert told["static"][-1] == str(figures / "figures.json")
    assert {Path(name).name for name in told["static"]} == {path.name for path in figures.iterdir()}


def test_without_the_library_that_draws_the_page_says_what_a_chart_shows(
    folder: Path, tmp_path: Path
) -> None:
    report(folder / "study", tmp_path / "r.html")
    assert "<noscript><img" not in (tmp_path / "r.html").read_text()
    assert "The chart is not drawn because JavaScript is off." in (tmp_path / "r.html").read_text()


def test_formats_without_a_folder_are_refused(folder: Path) -> None:
    with pytest.raises(BadInput, match="no folder"):
        report(folder / "study", formats=("svg",))
