"""What pages show: scores with their intervals, attempts page by page, whatever names there are."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl
import pytest
from tests.unit.viewer.studies import HOSTILE, add_part, attempts, study_of

from tasklaws.assess.observation.labels import Label, add, file_of
from tasklaws.assess.observation.run_attempts import of_runs
from tasklaws.core.errors import VerificationFailed
from tasklaws.core.proportions import jeffreys
from tasklaws.run.simulation import simulate
from tasklaws.study.folder import Study
from tasklaws.viewer.results import read_results
from tasklaws.viewer.scores import summarised

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.unit.viewer.conftest import Asking


def fingerprint(root: Path) -> list[tuple[Path, int, bytes]]:
    """Return path, time of change and hash of every file of a study."""
    found = sorted(path for path in root.rglob("*") if path.is_file())
    return [(path, path.stat().st_mtime_ns, hashlib.sha256(path.read_bytes()).digest()) for path in found]


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_reading_a_simulated_study_from_page_to_page_writes_nothing(
    tmp_path: Path, asking: Callable[[Path], Asking]
) -> None:
    root = tmp_path / "s"
    simulate("W3", root, rungs=2, runs=200, seed=1)
    before = fingerprint(root)
    for path in (*root.rglob("*"), root):
        path.chmod(0o555 if path.is_dir() else 0o444)
    one = asking(root)
    assert read_results(Study(root)).cells.equals(Study(root).cells())
    family = one.links(holding="/family/")[0]
    task = one.links(family, "/task?")[0]
    model = one.links(task, "/model?")[0]
    run = one.links(one.links(task, "/runs?")[0], "/run?")[0]
    for place in (family, task, model, run, f"{run}&csv=1"):
        assert one.text(place)
    for path in (root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert fingerprint(root) == before


def test_a_score_stands_with_its_interval_and_what_is_missing_is_not_zero(
    tmp_path: Path, asking: Callable[[Path], Asking]
) -> None:
    one = asking(study_of(tmp_path / "s", attempts("a", "f"), attempts("b", "g")))
    page = one.text()
    assert "50 %" in page
    low, high = jeffreys(2, 4)
    assert f"{100 * low:.0f}–{100 * high:.0f} %, n 4" in page
    assert page.count('class="missing">missing') == 2


def test_the_interval_of_graded_scores_needs_two_attempts(
    tmp_path: Path, asking: Callable[[Path], Asking]
) -> None:
    graded = [attempts("m", "f", 2, score=[0.2, 0.6]), attempts("m", "g", 1, score=[0.5])]
    root = study_of(tmp_path / "s", *graded)
    made = summarised(read_results(Study(root)).cells, ["task_family"]).sort("task_family")
    assert made["score"].to_list() == pytest.approx([0.4, 0.5])
    assert made["lower"].to_list() == [pytest.approx(0.4 - 1.644854 * 0.2), None]
    assert "n 1" in asking(root).text()


def test_tasks_count_alike(tmp_path: Path) -> None:
    root = study_of(
        tmp_path / "s",
        attempts(n=10, task="f/1", score=[1.0] * 10),
        attempts(n=2, task="f/2", score=[0.0, 0.0]),
    )
    made = summarised(read_results(Study(root)).cells, ["task_family", "model"])
    assert made.row(0, named=True)["score"] == pytest.approx(0.5)
    assert made.row(0, named=True)["n"] == 12


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_and_do_nothing(
    tmp_path: Path, asking: Callable[[Path], Asking], name: str
) -> None:
    root = study_of(tmp_path / "s", attempts(name, name, 3, text=[name, None, f"{name}\n{name}"]))
    one = asking(root)
    start = one.links()
    family = next(link for link in start if "/family" in link)
    for link in (family, one.links(family, "/task?")[0], one.links(family, "/model?")[0], "run?run=p0-2"):
        page = one.text(link)
        assert "<script>alert" not in page
        assert 'onmouseover="alert' not in page.replace("&#34;", "")
        assert "\u202e" not in page
        assert "\x1b" not in page
        assert ">49<" not in page
    found = rows_of(one.get(f"runs?model={quote(name, safe='')}&csv=1"))
    assert len(found) == 3
    assert found[0]["model"] == (f"'{name}' "[:-2] if name.startswith("=") else name)


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory, asking: Callable[[Path], Asking]) -> Asking:
    return asking(study_of(tmp_path_factory.mktemp("long") / "s", attempts(n=250)))


@pytest.mark.parametrize(
    ("page", "first"),
    [
        ("1", 1),
        ("2", 101),
        ("3", 201),
        ("0", 1),
        ("-1", 1),
        ("1000000000", 201),
        ("x", 1),
        ("٣", 1),
        ("9" * 2000, 1),
    ],
)
def test_whatever_page_is_asked_for_there_is_one(long: Asking, page: str, first: int) -> None:
    shown = re.search(r"Showing attempts ([\d,]+) to ([\d,]+) of ([\d,]+)", long.text(f"runs?page={page}"))
    assert int(shown[1]) == first
    assert int(shown[3]) == 250


def test_attempts_are_filtered_searched_and_put_in_order(
    tmp_path: Path, asking: Callable[[Path], Asking]
) -> None:
    said = ["Hello world", "bye", None, "HELLO"]
    root = study_of(
        tmp_path / "s",
        attempts("a", "f", 4, text=said, outcome=["submitted", "error", "limit_time", "submitted"]),
        attempts("b", "g", 3, score=[None, 0.5, 1.0]),
    )
    one = asking(root)

    def found(query: str) -> list[tuple[str, str]]:
        return [(row["model"], row["instance_id"]) for row in rows_of(one.get(f"runs?{query}&csv=1"))]

    assert found("text=hello") == [("a", "i0"), ("a", "i3")]
    assert found("text=hello&score=1") == [("a", "i3")]
    assert found("text=h.llo") == found(f"text={quote('(?P<[' + chr(92) * 900)}") == []
    assert found("outcome=error") == [("a", "i1")]
    assert found("score=none") == [("b", "i0")]
    assert found("score=partial") == [("b", "i1")]
    assert found("score=0.4..1&family=g") == [("b", "i1"), ("b", "i2")]
    assert found("sort=-tokens&model=b") == [("b", "i2"), ("b", "i1"), ("b", "i0")]
    assert found("score=-score&model=a") == found("sort=nothing&model=nobody") == []
    assert "No attempts are like that" in one.text("runs?model=nobody")


def test_the_next_attempt_is_the_next_of_the_same_list(
    tmp_path: Path, asking: Callable[[Path], Asking]
) -> None:
    one = asking(study_of(tmp_path / "s", attempts(n=6)))

    def next_to(link: str) -> list[str]:
        return [found for found in one.links(link, "/run?") if "csv=" not in found]

    first = one.links("runs?score=1&sort=-tokens", "/run?")[0]
    assert "run=p0-5" in first
    second = next_to(first)
    assert [re.search(r"run=(p0-\d)", link)[1] for link in second] == ["p0-3"]
    third = next_to(second[0])
    assert [re.search(r"run=(p0-\d)", link)[1] for link in third] == ["p0-5", "p0-1"]


@pytest.mark.parametrize(
    "place",
    ["run?run=p0-99", "run?run=../../log", "run", "family/none", "task", "model?model=", "?metric=none"],
)
def test_what_there_is_not_is_said_to_be_not_there(
    tmp_path: Path, asking: Callable[[Path], Asking], place: str
) -> None:
    answer = asking(study_of(tmp_path / "s", attempts())).get(place)
    assert answer.status_code == 404
    assert "there is no" in answer.text


def test_a_study_without_results_says_so(tmp_path: Path, asking: Callable[[Path], Asking]) -> None:
    one = asking(study_of(tmp_path / "s"))
    assert "Nothing was measured in this study yet" in one.text()
    assert "without their attempts" in one.text("runs")


def test_a_long_text_is_cut_and_says_so(tmp_path: Path, asking: Callable[[Path], Asking]) -> None:
    one = asking(study_of(tmp_path / "s", attempts(n=1, text=["x" * 25_000])))
    assert "The first 20,000 of 25,000 characters are shown." in one.text("run?run=p0-0")


def test_new_results_are_told_of_and_read_when_the_reader_asks(
    tmp_path: Path, asking: Callable[[Path], Asking]
) -> None:
    root = study_of(tmp_path / "s", attempts("a"))
    one = asking(root)
    assert "Read the new results" not in one.text("runs?model=b")
    add_part(root, attempts("b"))
    again = one.links("runs?model=b", "fresh=1")[0]
    answer = one.get(again)
    assert answer.status_code == 303
    assert "Showing attempts 1 to 4 of 4" in one.text(answer.headers["location"])
    assert "Read the new results" not in one.text()


def test_a_part_that_was_altered_is_not_shown(tmp_path: Path, asking: Callable[[Path], Asking]) -> None:
    root = study_of(tmp_path / "s", attempts(n=3, text=["kept", "said", "so"]))
    one = asking(root)
    attempts(n=3, text=["another", "text", "here"]).write_parquet(root / "runs" / "p0.parquet")
    assert one.get("run?run=p0-0").status_code == 409
    with pytest.raises(VerificationFailed):
        read_results(Study(root))


def test_a_part_that_lies_elsewhere_is_refused(tmp_path: Path) -> None:
    root = study_of(tmp_path / "s", attempts())
    (root / "runs" / "p0.parquet").rename(tmp_path / "elsewhere.parquet")
    (root / "runs" / "p0.parquet").symlink_to(tmp_path / "elsewhere.parquet")
    with pytest.raises(VerificationFailed, match="leads out of the study"):
        read_results(Study(root))


def test_invalid_successes_are_those_that_readers_found(
    tmp_path: Path, asking: Callable[[Path], Asking]
) -> None:
    root = study_of(tmp_path / "s", attempts(n=2))
    marked = dict.fromkeys(("harness_id", "elicitation")) | {
        "model": "m",
        "task_id": "f/1",
        "instance_id": "i1",
    }
    Study(root).log.append("mark", {"attempts": [{"attempt": marked | {"epoch": 0}}]})
    one = asking(root)
    assert [row["instance_id"] for row in rows_of(one.get("runs?outcome=invalid_success&csv=1"))] == ["i1"]
    assert "invalid_success" in one.text("run?run=p0-1")


def test_parts_with_different_columns_stand_side_by_side(
    tmp_path: Path, asking: Callable[[Path], Asking]
) -> None:
    bare = attempts("b", n=2).select("model", "task_family", "task_id", "metric", "score")
    one = asking(study_of(tmp_path / "s", attempts("a", n=2, text=["x", "y"], note=["n", "n"]), bare))
    assert "Showing attempts 1 to 4 of 4" in one.text("runs")
    assert "note" in one.text("run?run=p0-0")
    assert "note" not in one.text("run?run=p1-0")
    assert pl.read_csv(io.StringIO(one.get("runs?csv=1").text)).height == 4


def test_what_readers_said_is_shown_and_is_a_filter(tmp_path: Path, asking: Callable[[Path], Asking]) -> None:
    root = study_of(tmp_path / "s", attempts(n=3), attempts("other", n=3))
    (seen,) = [one for one in of_runs(Study(root).runs()) if (one.model, one.instance_id) == ("m", "i2")]
    label = Label(seen.attempt_id, "ann", "spurious_scorer", "the key is wrong", seen.model, seen.task_id)
    (root / "labels").mkdir()
    add(file_of(root, "ann"), label)
    one = asking(root)
    assert [row["run"] for row in rows_of(one.get("runs?label=spurious_scorer&csv=1"))] == ["p0-2"]
    assert "No attempts are like that" in one.text("runs?label=spurious_scorer&model=other")
    for name in ("p0-2", seen.attempt_id, f"{seen.attempt_id}&model=m"):
        assert "the key is wrong" in one.text(f"run?run={name}")
    assert "the key is wrong" not in one.text("run?run=p0-1")
