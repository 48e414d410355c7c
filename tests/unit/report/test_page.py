from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.unit.report.made_up import (
    HOSTILE,
    backtest_document,
    forecasts_of,
    full,
    observations_of,
    past_of,
    synthetic_cells,
    with_hostile_names,
)
from tests.unit.report.test_ladder_sections import ladder_parts

from tasklaws.core.errors import BadInput, BadTable
from tasklaws.report.content import Backtest, Coverage, Prediction, Reliability, ReportInput
from tasklaws.report.packing import unpacked, whole
from tasklaws.report.page import render, write_report
from tasklaws.report.section import in_order
from tasklaws.report.text import NBSP

if TYPE_CHECKING:
    from pathlib import Path

CELLS = synthetic_cells(["add", "sort", "sum_range"], lineages=("alpha", "beta"))
ONE_MODEL = [cell for cell in CELLS if cell.model == CELLS[0].model]


class Reader(HTMLParser):
    """Collects elements, the text outside of scripts and the text of scripts."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.inside = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside = tag

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "script":
            self.scripts.append((self.elements[-1][1], data))
        elif self.inside != "style":
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).replace(NBSP, " ").split())

    @property
    def held(self) -> dict[str, Any]:
        """Return what the page holds as JSON under a name."""
        return {str(a["id"]): json.loads(data) for a, data in self.scripts if "id" in a}

    @property
    def specs(self) -> dict[str, Any]:
        looks = self.held["specs"]
        return {name: whole(panel, looks) for name, panel in self.held.items() if name != "specs"}

    @property
    def tables(self) -> list[dict[str, Any]]:
        """Return the rows that the page holds of each table."""
        held = [a for a in self.scripts if a[0].get("type") == "application/json" and "id" not in a[0]]
        return [unpacked(json.loads(data)["rows"]) for _, data in held]


@pytest.fixture(scope="module")
def page() -> Reader:
    return Reader(render(replace(full(CELLS), **ladder_parts())))


def test_page_holds_every_section_in_order(page: Reader) -> None:
    assert [a["id"] for tag, a in page.elements if tag == "section"] == [s.name for s in in_order()]
    links = [a["href"] for tag, a in page.elements if tag == "a" and (a.get("href") or "").startswith("#")]
    assert links == ["#main", *(f"#{section.name}" for section in in_order())]


def test_page_is_the_same_bytes_for_the_same_input() -> None:
    shuffled = full(CELLS)
    assert shuffled.cells is not None
    assert render(full(CELLS)) == render(
        replace(shuffled, cells=shuffled.cells.sample(fraction=1, shuffle=True, seed=3))
    )


def test_page_changes_with_its_input() -> None:
    assert render(full(CELLS)) != render(full(CELLS, opened=False))


def test_verdict_states_error_baseline_coverage_and_blocks(page: Reader) -> None:
    assert (
        "Past forecasts of the next model were off by 2.9 points on average, 3.5 points for the best "
        "baseline (b1_persistence); 90 % intervals held 91 % of outcomes over 6 blocks."
    ) in page.text
    assert (
        "Skill against the best baseline is 21 % (interval over blocks 6 % to 33 %): "
        "better than the best baseline." in page.text
    )


def test_verdict_makes_no_claim_below_five_blocks() -> None:
    text = Reader(render(ReportInput("t", backtest=Backtest(backtest_document(4))))).text
    assert "No claim of significance is made: the comparison rests on 4 blocks" in text
    assert "better than the best baseline" not in text


@pytest.mark.parametrize(
    ("lower", "upper", "told"),
    [(-0.1, 0.2, "not told apart from"), (-0.3, -0.1, "worse than"), (0.1, 0.2, "better than")],
)
def test_verdict_follows_the_interval_of_skill(lower: float, upper: float, told: str) -> None:
    document = {**backtest_document(), "skill_lower": lower, "skill_upper": upper}
    assert (
        f": {told} the best baseline." in Reader(render(ReportInput("t", backtest=Backtest(document)))).text
    )


def test_undefined_numbers_are_said_with_their_reason() -> None:
    undefined = dict.fromkeys(("mae", "crps", "skill", "skill_lower", "skill_upper"))
    document = {**backtest_document(), **undefined, "coverage": {"90": None}, "reason": "one rung only"}
    text = Reader(render(ReportInput("t", backtest=Backtest(document)))).text
    assert "off by not defined: one rung only on average" in text
    assert "held not defined: one rung only of outcomes" in text
    assert "have no coverage: not defined: one rung only" in text
    assert "nan" not in text.lower().split()
    assert "None" not in text


def test_seal_shows_hash_time_label_and_anchor(page: Reader) -> None:
    for part in (
        "4be1" * 16,
        "2026-03-02T10:15:00Z",
        "no information from the target model was used",
        "self-attested",
    ):
        assert part in page.text


def test_unsealed_prediction_is_called_so() -> None:
    content = ReportInput("t", prediction=Prediction(forecasts_of("next", ONE_MODEL, "conditional")))
    text = Reader(render(content)).text
    assert "not sealed" in text
    assert "a covariate measured on the target" in text
    assert "Not in this report" in text
    assert "It needs a backtest: run `tasklaws backtest STUDY`." in text


def test_many_tasks_are_cut_in_the_chart_and_whole_in_the_table() -> None:
    last = synthetic_cells([f"family{i}" for i in range(50)], tasks_each=10, rungs=1)
    reader = Reader(render(ReportInput("t", prediction=Prediction(forecasts_of("next", last)))))
    assert "Showing 60 of 500 tasks" in reader.text
    drawn = reader.specs["prediction-tasks-1"]["data"]["values"]  # type: ignore[index]
    assert len(drawn) == 60
    assert [row["q500"] for row in drawn] == sorted((row["q500"] for row in drawn), reverse=True)
    assert {cell.task for cell in last} <= {row.get("task_id") for rows in reader.tables for row in rows}
    assert "Showing 100 of 500 rows." in reader.text


def test_task_with_two_metrics_keeps_two_lines() -> None:
    forecasts = forecasts_of("next", CELLS[:1]).filter(pl.col("level") == "task")
    both = pl.concat([forecasts, forecasts.with_columns(pl.lit("brier").alias("metric"))])
    drawn = Reader(render(ReportInput("t", prediction=Prediction(both)))).specs["prediction-tasks-1"]["data"][
        "values"
    ]  # type: ignore[index]
    assert {row["name"] for row in drawn} == {"add/0 · exact", "add/0 · brier"}


def test_scatter_tells_inside_from_outside_by_shape_as_well() -> None:
    past = past_of(CELLS)
    content = ReportInput("t", backtest=Backtest(backtest_document(), past))
    reader = Reader(render(content))
    inside = past.filter(pl.col("observed").is_between("q050", "q950")).height
    assert f"{inside} of {past.height} past outcomes fell inside their 90 % interval" in reader.text
    points = reader.specs["past-outcomes-1"]["layer"][2]["encoding"]  # type: ignore[index]
    assert points["shape"]["field"] == points["color"]["field"] == "held"


def test_bars_are_sorted_and_name_the_best_baseline(page: Reader) -> None:
    drawn = page.specs["past-baselines-1"]["data"]["values"]  # type: ignore[index]
    assert [row["value"] for row in drawn] == [2.05, 2.61, 2.75, 6.1]
    assert drawn[1]["label"] == "2.61  best baseline"
    assert "The error (CRPS) is 2.05 points, 21 % below that of the best baseline" in page.text


def test_target_is_left_out_of_the_observed_points_of_its_curves() -> None:
    content = full(CELLS)
    assert content.prediction is not None
    target = content.prediction.forecasts["target"][0]
    with_results = replace(content, cells=full(CELLS, opened=False).cells)
    specs = Reader(render(with_results)).specs
    shown = [
        row["model"]
        for layer in specs["family-curves-1"]["layer"]
        for row in layer["data"]["values"]
        if "rate" in row
    ]  # type: ignore[attr-defined]
    assert shown
    assert target not in shown


def test_curves_say_how_many_outcomes_were_held(page: Reader) -> None:
    assert re.search(r"In \d of 3 families the next model's score fell inside its 90 % interval", page.text)


def test_other_metrics_are_left_out_of_the_curves_and_named() -> None:
    content = full(CELLS)
    assert content.cells is not None
    other = content.cells.with_columns(pl.lit("brier").alias("metric"), pl.lit(0.0).alias("k"))
    assert (
        "Only the metric exact is drawn."
        in Reader(render(replace(content, cells=pl.concat([content.cells, other])))).text
    )


def test_pit_bars_outside_of_the_band_are_marked(page: Reader) -> None:
    bins = page.specs["calibration-pit-1"]["data"]["values"]  # type: ignore[index]
    assert [row["role"] for row in bins].count("beyond chance") == 1
    assert bins[-1]["role"] == "beyond chance"
    assert (
        "32 % of outcomes fell in the two outermost parts of their forecasts, more than the 20 % due"
        in page.text
    )


def test_coverage_without_interval_says_why() -> None:
    reliability = Reliability(coverage=(Coverage(0.9, 0.88, reason="two blocks only"),))
    text = Reader(render(ReportInput("t", reliability=reliability))).text
    assert "90 % intervals held 88 % of outcomes" in text
    assert "not defined: two blocks only" in text


def test_surprises_are_listed_with_words(page: Reader) -> None:
    assert "▲ above the forecast" in page.text


def test_opened_forecast_without_surprises_says_so() -> None:
    content = full(CELLS)
    assert content.opened is not None
    calm = replace(content.opened, verdict={**content.opened.verdict, "surprises": []})
    assert "No task surprised" in Reader(render(replace(content, opened=calm))).text


def test_failed_fits_flags_and_warnings_are_not_left_out(page: Reader) -> None:
    for part in (
        "essay quality",
        "no_likelihood",
        "at_floor: 1 task",
        "The harness changed between rungs 2 and 3.",
    ):
        assert part in page.text


def test_provenance_lists_hashes_and_imports(page: Reader) -> None:
    for part in ("9c2f" * 16, "0.1.0+sha256:0123abcd", "77aa" * 16, "evals_long.csv.gz"):
        assert part in page.text


def test_every_chart_has_title_description_table_and_download(page: Reader) -> None:
    figures = [a["id"] for tag, a in page.elements if tag == "figure"]
    assert len(figures) == 18
    assert all(spec["description"] for spec in page.specs.values())
    named = [a["id"] for _, a in page.elements if "id" in a]
    assert len(set(named)) == len(named)
    tags = [tag for tag, _ in page.elements]
    assert tags.count("details") == len(figures) + 13  # some tables without a chart fold as well
    assert sum("data-csv" in a for _, a in page.elements) == len(page.tables) == tags.count("table")


def test_page_loads_nothing_from_outside(page: Reader) -> None:
    for tag, attributes in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "form"}
        assert "src" not in attributes
        assert not any(name.startswith("on") for name in attributes)
        assert (attributes.get("href") or "#").startswith(("#", "data:text/csv;", "inspect-bundle/"))


def test_page_runs_only_its_own_scripts(page: Reader) -> None:
    kinds = [a.get("type") for a, _ in page.scripts]
    assert kinds.count(None) == 2
    assert set(kinds) == {None, "application/json"}


def test_hostile_names_change_no_element_and_are_shown() -> None:
    content = full(CELLS)
    plain, hostile = Reader(render(content)), Reader(render(with_hostile_names(content)))
    assert {tag for tag, _ in hostile.elements} == {tag for tag, _ in plain.elements}
    assert [a.get("type") for a, _ in hostile.scripts].count(None) == 2
    assert HOSTILE[0] in hostile.text
    assert HOSTILE[1] in hostile.text
    assert "\u202e" not in hostile.text
    assert "gpt\\u202egnp.exe" in hostile.text


def test_json_in_the_page_cannot_close_its_element() -> None:
    raw = render(with_hostile_names(full(CELLS))).decode()
    for content in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', raw, re.DOTALL):
        assert not re.search("[<>&\u2028\u2029]", content)
        json.loads(content)


def test_empty_input_still_makes_a_page() -> None:
    text = Reader(render(ReportInput("Nothing yet"))).text
    assert "No past forecast has been scored yet" in text
    assert "There are no warnings and no failed fits." in text


def test_frame_that_breaks_its_schema_is_refused() -> None:
    forecasts = forecasts_of("next", ONE_MODEL).with_columns(pl.lit(1.2).alias("q500"))
    with pytest.raises(BadTable, match="q500"):
        render(ReportInput("t", prediction=Prediction(forecasts)))


def test_prediction_of_two_targets_is_refused() -> None:
    both = pl.concat([forecasts_of("one", ONE_MODEL), forecasts_of("two", ONE_MODEL)])
    with pytest.raises(BadInput, match=r"2 targets \(one, two\)"):
        render(ReportInput("t", prediction=Prediction(both)))


def test_write_report_writes_the_rendered_bytes(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    assert write_report(full(CELLS), path) == path.stat().st_size
    assert path.read_bytes() == render(full(CELLS))
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_observations_of_the_target_stand_beside_the_forecast() -> None:
    content = full(CELLS)
    assert content.opened is not None
    truth = [c for c in CELLS if c.model == "beta-100M"]
    assert content.opened.observations.equals(observations_of("beta-100M", truth))
    assert content.opened.task_rates()["add/0", "exact"] == truth[0].k / truth[0].n
    rates = [c.k / c.n for c in truth if c.family == "add"]
    assert content.opened.family_rates()["add"] == pytest.approx(sum(rates) / len(rates))


def test_verdict_keeps_the_chosen_reference_apart_from_the_best_with_hindsight() -> None:
    chosen = {"skill": 0.19, "skill_lower": 0.02, "skill_upper": 0.44, "reference": "best-on-earlier-folds"}
    document = backtest_document() | chosen
    document["references"] = {document["best_baseline"]: {"skill": -0.03}}
    text = Reader(render(ReportInput("t", backtest=Backtest(document)))).text
    assert "Skill against the baseline chosen on earlier sizes is 19 %" in text
    assert "better than the baseline chosen on earlier sizes." in text
    doubtful = Reader(render(ReportInput("t", backtest=Backtest(document | {"p_sign_flip": 0.0625})))).text
    assert "p = 0.062 with signs of blocks turned, so chance is not ruled out." in doubtful
    assert f"Against {document['best_baseline']}, the best with hindsight, it is -3 %." in text
    assert "better than the best baseline" not in text
