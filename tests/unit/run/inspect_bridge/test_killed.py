"""A run that is killed without warning loses no cell, and counts none twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from tests.unit.run.inspect_bridge import adder

from tasklaws.run.run_study import run
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    from polars import DataFrame

SCRIPT = """
import sys
from pathlib import Path
from tests.unit.run.inspect_bridge import adder
from tasklaws.run.run_study import run
result = run(Path(sys.argv[1]))
assert result.exit_code == 0, result
"""
TIMES_AND_IDS = ("run_id", "started_at", "completed_at", "log_file", "working_seconds")
KEY = ("model", "task_id", "instance_id", "epoch", "harness_id", "elicitation", "metric")


def _started(repository: Path, study: Path) -> subprocess.Popen[bytes]:
    paths = os.pathsep.join([str(repository / "src"), str(repository)])
    command = [sys.executable, "-c", SCRIPT, str(study)]
    return subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": paths}, cwd=repository, stdout=subprocess.PIPE
    )


def _killed(repository: Path, study: Path, after: int, pause: float) -> bool:
    """Start a run, kill it `pause` seconds after so many more attempts, and return whether it still ran."""
    before, process = len(adder.asked(study)), _started(repository, study)
    while process.poll() is None and len(adder.asked(study)) < before + after:
        time.sleep(0.002)
    time.sleep(pause)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return alive


def _ended(repository: Path, study: Path) -> None:
    process = _started(repository, study)
    said, _ = process.communicate()
    assert process.returncode == 0
    assert said == b"", "what a verb prints is its own"


def _same(study: Path) -> DataFrame:
    """Return the runs of a study without times and ids."""
    rows = Study(study).runs()
    return rows.drop(name for name in TIMES_AND_IDS if name in rows.columns).sort(KEY)


def _compare(study: Path, whole: Path, n: int) -> None:
    rows, cells = _same(study), Study(study).cells()
    assert set(cells.filter(metric="exact")["n"]) == {n}
    assert cells.equals(Study(whole).cells())
    assert rows.equals(_same(whole))
    assert not rows.select(KEY).is_duplicated().any()


def test_a_killed_run_goes_on(root: Path, tmp_path: Path) -> None:
    whole, study = (adder.made(tmp_path / name, items=20, seconds=0.02) for name in ("whole", "study"))
    assert run(whole).exit_code == 0
    assert _killed(root, study, after=40, pause=0.05)
    _ended(root, study)
    _compare(study, whole, 20)
    assert len(adder.asked(study)) < 2 * len(adder.asked(whole)), "what was there was not asked again"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_run_killed_at_five_random_moments_goes_on(root: Path, tmp_path: Path, seed: int) -> None:
    whole, study = (adder.made(tmp_path / name, items=50, seconds=0.05) for name in ("whole", "study"))
    _ended(root, whole)
    rng = random.Random(seed)  # noqa: S311
    alive = [_killed(root, study, after=rng.randint(0, 50), pause=rng.uniform(0, 0.4)) for _ in range(5)]
    assert sum(alive) >= 3, "kills that came too late are none"
    _ended(root, study)
    _compare(study, whole, 50)
