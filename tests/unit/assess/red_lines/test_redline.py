"""The verb: its cards, what they allow for, what is sealed, and what a reader is told."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import binom
from tests.unit.assess.studies import Cells, of, take_in

from tasklaws.assess.forecast import predict
from tasklaws.assess.opening import open_forecast
from tasklaws.assess.red_lines.ahead import further
from tasklaws.assess.red_lines.allowance import allowance
from tasklaws.assess.red_lines.bounds import Observed, hazard, least_excluded, mean_score, observed
from tasklaws.assess.red_lines.drawn_up import can_jump, verdict_of
from tasklaws.assess.red_lines.opened_lines import opened_lines
from tasklaws.assess.red_lines.verb import RedLines, redline
from tasklaws.assess.red_lines.words import NO_WARNING, text_of
from tasklaws.assess.selection import select
from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.report.content import ReportInput
from tasklaws.report.sections.red_lines import SECTION
from tasklaws.run.imports import import_runs
from tasklaws.spec.red_lines import RedLine
from tasklaws.study.folder import Study

HERE = Path(__file__).parents[4]
FILE = '[[line]]\nname = "half"\nfamily = "add"\nthreshold = 0.5\ndecided_by = "the board"\n'
LINE = RedLine("half", "add", 0.5, margin=0.1)


@pytest.fixture(scope="module")
def made(_made: dict[str, Path]) -> RedLines:
    """Return the cards of a study of m0 .. m4 whose ladder goes on to m5."""
    return redline(_made["base"], (LINE, RedLine("all", "*", 0.999), RedLine("low", "sort", 0.01)))


def test_a_card_holds_what_a_reader_needs(made: RedLines) -> None:
    half, far, low = made.document()["cards"]
    assert (half["model"], half["target"], half["target_guessed"]) == ("m4", "m5", False)
    assert half["metric"] == "acc"
    assert half["label"] == "forecast"
    assert half["score_lower"] < half["score"] < half["score_upper"]
    assert half["threshold_allowed"] == pytest.approx(0.4)
    assert half["p_cross_allowed"] >= half["p_cross"]
    assert [one["guessed"] for one in half["ahead"]] == [True] * 3
    assert far["p_cross"] < 0.1
    assert low["verdict"] == "crossed"
    assert low["crossed_by"] == "m0"
    assert low["lead"] is None
    assert half["allowance"] is None
    assert half["allowance_reason"]
    assert made.exit_code == 4
    json.dumps(made.document(), allow_nan=False)


def test_no_card_says_quiet_without_a_certificate(made: RedLines) -> None:
    far = made.cards[1]
    assert set(far.verdicts.values()) != {"forecastable"}
    assert far.verdict == "not_enough_data"
    assert "no certificate" in far.document()["text"]
    assert replace(made, cards=(far,)).exit_code == 0


@pytest.mark.parametrize(
    ("verdict", "score", "state", "expected"),
    [
        ("forecastable", 0.1, "", "quiet"),
        ("forecastable", 0.45, "", "alarm"),
        ("only_detectable", 0.1, "blind", "no_early_warning"),
        ("only_detectable", 0.6, "blind crossed", "crossed"),
        ("invalid", 0.1, "", "not_enough_data"),
    ],
)
def test_verdicts(made: RedLines, verdict: str, score: float, state: str, expected: str) -> None:
    quiet = replace(made.cards[1].steps[0], p_cross=0.01, p_cross_allowed=0.02)
    seen = replace(made.cards[0].seen, score=score)
    crossed, blind = "crossed" in state, "blind" in state
    assert verdict_of(LINE, seen, {"f": verdict}, [quiet], 0.4, crossed=crossed, blind=blind) == expected


def test_a_line_is_blind_where_tasks_without_warning_reach_it_alone() -> None:
    seen = Observed("m", 0.1, 0, 1, 4, 40, 4, (("a", 0.0), ("a", 0.0), ("b", 0.2), ("b", 0.2)))
    assert can_jump(seen, {"a": "only_detectable", "b": "forecastable"}, 0.6)
    assert not can_jump(seen, {"a": "only_detectable", "b": "forecastable"}, 0.61)
    assert not can_jump(seen, {"a": "invalid", "b": "forecastable"}, 0.1)


def test_without_early_warning_a_card_says_so_and_gives_no_probability(made: RedLines) -> None:
    card = replace(made.cards[1], verdict="no_early_warning", reason=NO_WARNING, steps=())
    told = card.document()
    assert told["p_cross"] is None
    assert told["reason"] == NO_WARNING
    text = text_of(card)
    assert NO_WARNING[1:] in text
    assert "skill above the chance of a crossing" in text


def test_no_success_still_allows_a_rate() -> None:
    assert binom.pmf(0, 56, least_excluded(56)) == pytest.approx(0.05)
    cells = pl.DataFrame(
        {
            "model": "m",
            "task_family": "f",
            "task_id": ["a", "b"],
            "n": [30, 20],
            "k": [0.0, 0.0],
            "sum": [0.0] * 2,
        }
    )
    seen = observed(cells, "m", ["f"])
    assert seen is not None
    assert seen.bound == pytest.approx(1 - 0.05 ** (1 / 50))
    assert seen.bound_by_tasks == pytest.approx(1 - 0.05**0.5)
    assert seen.upper < 0.06


@pytest.mark.parametrize(
    ("rates", "n"), [([0.02, 0.3, 0.6], [40, 20, 10]), ([0.02] * 7, [60] * 7), ([0.01, 0.01, 0.5], [20] * 3)]
)
def test_intervals_of_a_mean_over_tasks_hold_its_rate(rates: list[float], n: list[int]) -> None:
    rng, tried = np.random.default_rng(0), np.array(n, dtype=float)
    drawn = [mean_score(tried, rng.binomial(n, rates).astype(float)) for _ in range(1000)]
    held = np.mean([lower <= np.mean(rates) <= upper for _, lower, upper in drawn])
    assert 0.87 < held < 0.98  # few attempts at rare successes: rather too wide


def test_the_hazard_ends_at_the_first_crossing() -> None:
    assert hazard([False, False, True, True]).sizes == 3
    assert hazard([False] * 9).value == pytest.approx(0.05)
    assert hazard([False] * 9).lower == 0


def effort_cells(rates: dict[int, float], greedy: float, n: int = 400) -> pl.DataFrame:
    """Return cells of one model on two tasks, at several efforts and without."""
    told = {"greedy": greedy, **{f"best_of_n@{at}": rate for at, rate in rates.items()}}
    return pl.DataFrame(
        [
            {"model": "m", "task_family": "f", "task_id": task, "metric": "acc", "harness_id": "default",
             "elicitation": name, "n": n, "k": round(n * rate), "sum": None, "sum_sq": None,
             "n_limit": 0, "n_error": 0, "n_invalid": 0}
            for name, rate in told.items() for task in ("a", "b")
        ],
        schema_overrides={"k": pl.Float64, "sum": pl.Float64, "sum_sq": pl.Float64},
    )  # fmt: skip


def test_the_allowance_is_the_limit_of_effort_over_the_score() -> None:
    rates = {at: 0.6 - 0.4 / at for at in (1, 2, 4, 8)}
    cells = effort_cells(rates, greedy=0.2)
    seen = observed(cells.filter(pl.col("elicitation") == "greedy"), "m", ["f"])
    assert seen is not None
    found = allowance(cells, "acc", seen, ["f"], "greedy")
    assert found.elicitation == "best_of_n"
    assert found.value == pytest.approx(3.0, rel=0.15)
    assert found.lower is not None
    assert found.upper is not None
    assert found.lower < 3.0 < found.upper <= 1 / seen.score
    none = allowance(cells.filter(pl.col("elicitation") != "best_of_n@8"), "acc", seen, ["f"], "greedy")
    assert none.value is None
    assert "4 efforts" in (none.reason or "")
    nothing = allowance(cells, "acc", replace(seen, score=0.0), ["f"], "greedy")
    assert "no multiple" in (nothing.reason or "")


def test_guessed_rungs_go_on_at_the_usual_step(base: Path) -> None:
    selection = select(base)
    (last,) = [rung for rung in selection.ladder if rung.model == "m4"]
    ahead = further(selection, "demo")
    assert last.n_params is not None
    assert [rung.n_params / last.n_params for rung in ahead if rung.n_params] == pytest.approx(
        [10 ** (0.4 * i) for i in (1, 2, 3)]
    )


def test_a_line_may_name_its_own_metric(base: Path) -> None:
    with pytest.raises(UnknownName, match="metric called 'brier'"):
        redline(base, (replace(LINE, metric="brier"),))
    with pytest.raises(UnknownName, match="harness"):
        redline(base, (replace(LINE, harness="other"),))


def test_without_lines_a_line_to_start_from_is_shown(base: Path) -> None:
    with pytest.raises(BadInput, match=r"(?s)no redlines.toml.*line = .*--lines"):
        redline(base)


def test_a_seal_holds_the_lines_and_opening_scores_them(base: Path, tmp_path: Path, cells: Cells) -> None:
    (base / "redlines.toml").write_text(FILE, encoding="utf-8")
    predict(base, "m5", seal=True)
    (path,) = (base / "forecasts").iterdir()
    document = json.loads(path.read_bytes())
    (line,) = document["red_lines"]
    assert line["name"] == "half"
    assert len(line["tasks"]) == 4
    assert len(document["red_lines_sha256"]) == 64
    assert opened_lines(Study(base))[0]["opened"] is False
    take_in(tmp_path, of(cells, "m5"), base)
    (told,) = open_forecast(base).document()["red_lines"]
    came = np.mean([k / n for (_, family, _), (k, n) in of(cells, "m5").items() if family == "add"])
    assert told["score"] == pytest.approx(came)
    assert told["crossed"] == (came >= 0.5)
    assert told["brier"] == pytest.approx((line["p_cross"] - told["crossed"]) ** 2)
    (again,) = opened_lines(Study(base))
    assert again["opened"]
    assert again["brier"] == told["brier"]


def test_a_seal_without_lines_has_no_such_key(sealed: Path) -> None:
    (path,) = (sealed / "forecasts").iterdir()
    assert not {"red_lines", "red_lines_sha256"} & set(json.loads(path.read_bytes()))


def test_the_section_shows_each_line_and_what_was_missed(made: RedLines) -> None:
    document = made.document()
    document["scored"]["misses"] = [{"line": "half", "target": "m3", "p_cross": 0.02}]
    blocks = SECTION.build(ReportInput("t", red_lines=document))
    assert len(blocks[0].panels) == 3  # type: ignore[union-attr]
    told = repr(blocks)
    assert "Missed: half at m3" in told
    assert "Nobody is named" in told
    assert SECTION.build(ReportInput("t")) == ()


@pytest.mark.slow
def test_the_shipped_card_runs_on_public_runs(shared_data: Path, tmp_path: Path) -> None:
    """AI R&D tasks alone, so that the fit is small; the figures of docs/red-lines.md are of all tasks."""
    source = shared_data / "metr"
    rows = gzip.decompress((source / "runs_2025-01.jsonl.gz").read_bytes()).decode().splitlines()
    kept = "\n".join(row for row in rows if '"task_family":"ai_rd_' in row)
    (tmp_path / "runs.jsonl").write_text(kept, encoding="utf-8")
    import_runs("metr", [tmp_path / "runs.jsonl", source / "release_dates.yaml"], tmp_path / "study")
    first, experts = redline(tmp_path / "study", HERE / "examples" / "redlines.toml").cards
    assert (first.verdict, first.crossed_by) == ("crossed", "Claude 3.5 Sonnet (New)")
    assert (experts.seen.n_tasks, experts.seen.n) == (7, 419)
    assert experts.seen.score == pytest.approx(0.0369, abs=1e-4)
    assert set(experts.verdicts.values()) <= {"invalid", "not_enough_data"}
