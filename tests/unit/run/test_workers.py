"""Workers take one job after another; none of them outlives what started it."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tasklaws.run.workers import Crew, Job, WorkerFailed, at_once, run_all

if TYPE_CHECKING:
    from pathlib import Path

WORKER = """
import os, sys, time
from tasklaws.run.workers import given_jobs, say
for asked in given_jobs():
    say(pid=os.getpid(), number=asked["number"])
    if asked.get("fail"):
        sys.exit("it broke")
    time.sleep(asked.get("seconds", 0))
    if asked.get("last"):
        say(end=True)
"""
PARENT = """
from tasklaws.run.workers import Job, run_all
job = Job("a_worker", {"number": 0, "seconds": 60}, "long")
run_all([job], lambda _job, line: print(line["pid"], flush=True))
"""


@pytest.fixture(autouse=True)
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_worker.py").write_text(WORKER)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))


def job(number: int, **more: Any) -> Job:
    return Job("a_worker", {"number": number, **more}, f"job {number}")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Return whether a process that is not our child ends soon."""
    end = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not alive(pid)


def test_jobs_are_done_once_each_by_few_workers_that_stay() -> None:
    crew, heard = Crew(), []
    for numbers in (range(5), range(5, 9)):
        crew.run([job(n) for n in numbers], lambda one, line: heard.append((one.name, line)))
    assert sorted(line["number"] for _, line in heard) == list(range(9))
    assert all(name == f"job {line['number']}" for name, line in heard)
    pids = {line["pid"] for _, line in heard}
    assert 1 <= len(pids) <= at_once()
    assert all(map(alive, pids))
    crew.end()
    assert not any(map(alive, pids))


INTERRUPTED = """
from threading import Event
from tasklaws.run.interrupts import gently
from tasklaws.run.workers import Job, run_all
asked = {"number": 0, "seconds": 0.3, "last": True}
stop, jobs = Event(), [Job("a_worker", asked, str(n)) for n in range(99)]
with gently(stop.set):
    run_all(jobs, lambda job, line: print("end-" * ("end" in line) + job.name, flush=True), stop.is_set)
print("ended", stop.is_set())
"""


def test_an_interruption_lets_jobs_that_have_begun_end_and_begins_no_other() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        first = parent.stdout.readline().strip()
        os.killpg(parent.pid, signal.SIGINT)  # as a terminal does: all of the group hear it
        said = [first, *parent.stdout.read().split()]
        assert parent.wait() == 0
    assert said[-2:] == ["ended", "True"]
    begun = set(said[:-2])
    assert 1 <= len(begun) <= 2 * at_once()
    assert all(f"end-{name}" in begun for name in begun if name.isdecimal())


def test_workers_end_with_their_crew() -> None:
    heard: list[int] = []
    crew = Crew()
    crew.run([job(0)], lambda _, line: heard.append(line["pid"]))
    del crew
    gc.collect()
    assert heard
    assert not alive(heard[0])


def test_a_job_that_fails_stops_all_and_tells_what_it_said() -> None:
    heard: list[int] = []
    with pytest.raises(WorkerFailed, match=r"job 1 ended with code 1: it broke"):
        run_all([job(1, fail=True), job(0, seconds=60)], lambda _, line: heard.append(line["pid"]))
    assert heard
    assert not any(map(alive, heard))


def test_no_worker_outlives_a_parent_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.send_signal(signal.SIGKILL)
    assert gone(pid)
