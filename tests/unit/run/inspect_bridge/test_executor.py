from __future__ import annotations

import io
import json
import os
import shutil
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.unit.run.inspect_bridge import adder

from tasklaws.cli.main import main
from tasklaws.cli.progress import JsonLines
from tasklaws.core.errors import BadInput, NoAnswer, StudyLocked
from tasklaws.run.run_study import _alone, run
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from polars import DataFrame

PRICES = """
[run.prices."adder/small"]
input = 1000.0
output = 2000.0

[run.prices."adder/large"]
input = 1000.0
output = 2000.0
"""
KEY = ("model", "task_id", "instance_id", "epoch", "harness_id", "elicitation", "metric")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study that was run undisturbed."""
    root = adder.made(tmp_path_factory.mktemp("whole") / "study")
    result = run(root)
    assert result.cells == {"planned": 4, "done": 4, "failed": 0, "limited": 0}
    assert (result.tokens, result.exit_code) == (12 * 25, 0)
    return root


def _copy(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "study"))


def _told(stream: io.StringIO) -> dict[str, dict[str, Any]]:
    """Return what a listener heard last of each stage."""
    return {line["stage"]: line for line in map(json.loads, stream.getvalue().splitlines())}


def _attempts(root: Path) -> DataFrame:
    said = [*KEY, "task_family", "score", "unit", "outcome", "tokens"]
    return Study(root).runs().select(said).sort(KEY)


def test_a_grid_is_run_and_taken_into_the_study(whole: Path) -> None:
    study, rows = Study(whole), _attempts(whole).filter(metric="exact")
    assert rows.height == 12
    assert set(rows["model"]) == {"a/small", "a/large"}
    assert set(rows["harness_id"]) == {"default"}
    assert set(rows["elicitation"]) == {"greedy"}
    assert 0 < rows["score"].sum() < 12
    assert len(adder.asked(whole)) == 12
    assert set(study.tasks()["task_id"]) == {"addition/1", "addition/2"}
    parts = [entry for entry in study.log.entries() if entry.kind == "run_part"]
    assert [part.payload["format"] for part in parts] == ["inspect", "inspect"]
    files = [name for part in parts for name, _ in part.payload["files"]]
    assert len(files) == 2
    assert all((whole / name).is_file() for name in files)


def test_what_is_there_is_not_asked_again(whole: Path, tmp_path: Path) -> None:
    root = _copy(whole, tmp_path)
    before = (root / "log.jsonl").read_bytes()
    assert run(root).cells["done"] == 4
    assert (root / "log.jsonl").read_bytes() == before
    assert len(adder.asked(root)) == 12


def test_only_missing_attempts_are_asked(whole: Path, tmp_path: Path) -> None:
    root = _copy(whole, tmp_path)
    text = (root / "study.toml").read_text()
    (root / "study.toml").write_text(text.replace("items = 3", "items = 4").replace(str(whole), str(root)))
    assert run(root).cells == {"planned": 4, "done": 4, "failed": 0, "limited": 0}
    assert len(adder.asked(root)) == 12 + 4
    assert _attempts(root).filter(metric="exact").height == 16


def test_results_of_a_removed_part_come_from_its_log(whole: Path, tmp_path: Path) -> None:
    from tasklaws.run.imports import remove

    root = _copy(whole, tmp_path)
    remove(root, Study(root).imports()[0].import_id)
    assert run(root).cells["done"] == 4
    assert _attempts(root).equals(_attempts(whole))
    assert len(adder.asked(root)) == 12


def test_failed_attempts_are_tried_again_by_the_next_run(tmp_path: Path) -> None:
    root = adder.made(tmp_path / "study", items=8, sizes="[2]")
    (root / "broken").touch()
    heard = io.StringIO()
    result = run(root, progress=JsonLines(heard, apart=0.0))
    assert result.exit_code == 4
    assert result.cells["failed"] == 2
    assert result.unfinished == "2 of 2 cells are left"
    assert result.cells["done"] == 0
    assert any("ended in an error" in note for note in result.warnings)
    (root / "broken").unlink()
    n_before = Counter(adder.asked(root))
    told = _told(heard)
    assert (told["run"]["done"], told["run"]["total"]) == (16, 16), "a second try is no second attempt"
    assert told["run"]["failed"] == sum(n == 2 for n in n_before.values())
    assert (told["run"]["tokens"], told["run"]["cost"]) == (result.tokens, None)
    for name in ("done", "failed", "tokens"):
        assert sum(told[model][name] for model in ("a/small", "a/large")) == told["run"][name]
    assert run(root).cells == {"planned": 2, "done": 2, "failed": 0, "limited": 0}
    again = Counter(adder.asked(root)) - n_before
    assert 0 < again.total() < 8
    assert all(n_before[one] == 2 for one in again), "those that had failed, twice"
    rows = _attempts(root).filter(metric="exact")
    assert rows.height == 16
    assert rows["score"].null_count() == 0


def test_errors_can_be_accepted_and_else_the_last_line_says_how_to_go_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = adder.made(tmp_path / "study", items=8, sizes="[2]")
    (root / "broken").touch()
    assert main(["run", str(root), "--progress", "json"]) == 4
    *_, last = capsys.readouterr().err.splitlines()
    assert last == f"2 of 2 cells are left; to go on: tasklaws run {root} --progress json"
    result = run(root, accept_errors=True)
    assert result.cells["done"] == 2
    rows = _attempts(root).filter(metric="exact")
    assert rows.height == 16
    assert set(rows.filter(outcome="error")["score"]) == {None}


def test_a_plan_asks_nothing(tmp_path: Path) -> None:
    root = adder.made(tmp_path / "study")
    result = run(root, plan=True)
    assert [(row.model, row.attempts) for row in result.plan.rows] == [("a/large", 6), ("a/small", 6)]
    assert result.cost is None
    assert "no price is stated for a/large, a/small" in (result.reason or "")
    assert result.tokens > 0
    assert [path.name for path in root.iterdir()] == ["study.toml"]


def test_a_dear_grid_is_refused_and_with_yes_stops_at_the_limit(tmp_path: Path) -> None:
    root = adder.made(tmp_path / "study", items=8, more="cost_limit = 0.3")
    with (root / "study.toml").open("a") as settings:
        settings.write(PRICES)
    with pytest.raises(NoAnswer, match=r"above the cost limit 0.3"):
        run(root)
    assert not adder.asked(root)
    heard = io.StringIO()
    result = run(root, yes=True, progress=JsonLines(heard))
    assert _told(heard)["run"]["cost"] == pytest.approx(result.cost)
    assert result.exit_code == 4
    assert result.cells["failed"] == 0
    assert result.cost is not None
    assert 0.3 <= result.cost < 0.3 + 20 * 0.03
    assert len(adder.asked(root)) == round(result.cost / 0.03)
    assert any("is reached" in note for note in result.warnings)


def test_a_cost_limit_needs_prices(tmp_path: Path) -> None:
    root = adder.made(tmp_path / "study", more="cost_limit = 1.0")
    with pytest.raises(BadInput, match="no price is stated"):
        run(root)


def test_an_interrupted_run_ends_what_it_began_and_goes_on(tmp_path: Path) -> None:
    items = 100  # more than are under way at once, however slow the machine is to hear of the interrupt
    root = adder.made(tmp_path / "study", items=items, sizes="[6]", seconds=0.5)
    text = (root / "study.toml").read_text()
    stopper = threading.Timer(0.0, lambda: None)

    def stop_when_asked() -> None:
        while len(adder.asked(root)) < 3:
            stopper.finished.wait(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    watcher = threading.Thread(target=stop_when_asked)
    watcher.start()
    with pytest.raises(KeyboardInterrupt):
        run(root)
    watcher.join()
    assert 3 <= len(adder.asked(root)) < 2 * items
    (root / "study.toml").write_text(text.replace("0.5", "0.0"))
    assert run(root).cells["done"] == 2
    assert max(Counter(adder.asked(root)).values()) == 1, "nothing was asked twice"
    assert _attempts(root).filter(metric="exact").height == 2 * items


def test_cells_that_a_limit_ended_are_run_again_at_twice_that(tmp_path: Path) -> None:
    limit = '[[run.harness]]\nname = "short"\ntoken_limit = 20\n'
    root = adder.made(tmp_path / "study", sizes="[2]")
    with (root / "study.toml").open("a") as settings:
        settings.write(limit)
    heard = io.StringIO()
    limited = run(root, progress=JsonLines(heard))
    assert limited.cells == {"planned": 2, "done": 2, "failed": 0, "limited": 2}
    assert (_told(heard)["run"]["limited"], _told(heard)["run"]["done"]) == (6, 6)
    assert limited.unfinished is None
    again = run(root, again_limited=True)
    assert again.cells == {"planned": 2, "done": 2, "failed": 0, "limited": 0}
    assert any("short-x2: limits are now token_limit 40" in note for note in again.warnings)
    outcomes = _attempts(root).filter(metric="exact").select("harness_id", "outcome").unique().rows()
    assert sorted(outcomes) == [("short", "limit_tokens"), ("short-x2", "submitted")]
    n_asked = len(adder.asked(root))
    assert run(root, again_limited=True).cells == again.cells
    assert len(adder.asked(root)) == n_asked


def test_one_process_runs_a_study(tmp_path: Path) -> None:
    root = adder.made(tmp_path / "study")
    with _alone(root), pytest.raises(StudyLocked, match="by another process"):
        run(root)
    assert run(root, plan=True).cells["planned"] == 4


def test_scores_and_limits_of_the_log_are_those_of_the_study(whole: Path) -> None:
    from inspect_ai.log import read_eval_log

    rows = Study(whole).runs().filter(metric="exact")
    told = {}
    for path in (whole / "logs").rglob("*.eval"):
        log = read_eval_log(str(path))
        model = log.eval.metadata["tasklaws"]["rung"]
        for sample in log.samples or []:
            told[model, sample.id] = sample.scores["family_metrics"].value["exact"]
    assert {(m, i): s for m, i, s in rows.select("model", "instance_id", "score").iter_rows()} == told
    assert rows.filter(pl.col("log_file").is_null()).height == 0
