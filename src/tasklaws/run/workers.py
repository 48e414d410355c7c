"""Work in processes of their own, one thread each, as many at a time as there are cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import deque
from dataclasses import dataclass
from queue import Queue
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import TasklawsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
"""What holds libraries to one thread."""
ORPHANED = 3
"""Exit code of a worker whose parent is gone."""
LAST_LINES = 12
"""Lines of a failed worker's errors that are told."""


class WorkerFailed(TasklawsError):  # noqa: N818  says what is wrong
    """A worker ended with an error; its own message is in it."""


@dataclass(frozen=True)
class Job:
    """One call of a worker module: ``python -m MODULE JSON``."""

    module: str
    asked: dict[str, Any]
    name: str


def end_with_parent() -> None:
    """Make this worker end as soon as the process that started it is gone, however that ended.

    The parent holds the other end of the worker's input and never writes to it.
    """

    def wait() -> None:
        sys.stdin.read()
        os._exit(ORPHANED)

    threading.Thread(target=wait, daemon=True).start()


def at_once() -> int:
    """Return how many workers run at a time: one per core that this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:
        return max(1, os.cpu_count() or 1)


def run_all(jobs: Sequence[Job], told: Callable[[Job, dict[str, Any]], None]) -> None:
    """Run `jobs` in their order, a few at a time; `told` hears each line of JSON that one prints.

    Whatever happens, no worker outlives this call.

    Raises:
        WorkerFailed: a job failed; the others are stopped.
    """
    waiting, lines = deque(jobs), Queue[tuple[Job, str | None]]()
    running: dict[str, subprocess.Popen[str]] = {}
    errors: dict[str, deque[str]] = {}
    try:
        while waiting or running:
            while waiting and len(running) < at_once():
                job = waiting.popleft()
                running[job.name] = _started(job, lines, errors)
            job, line = lines.get()
            if line is not None:
                told(job, json.loads(line))
                continue
            code = running.pop(job.name).wait()
            if code:
                raise _failed(job, code, errors[job.name])
    finally:
        for process in running.values():
            process.kill()
        for process in running.values():
            process.wait()


def _started(
    job: Job, lines: Queue[tuple[Job, str | None]], errors: dict[str, deque[str]]
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", job.module, json.dumps(job.asked)],
        env=os.environ | ONE_THREAD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    errors[job.name] = deque(maxlen=LAST_LINES)
    threading.Thread(target=_listen, args=(job, process, lines, errors[job.name]), daemon=True).start()
    return process


def _listen(
    job: Job, process: subprocess.Popen[str], lines: Queue[tuple[Job, str | None]], errors: deque[str]
) -> None:
    """Pass on what a worker prints, keep the end of its errors, and say when it has ended."""
    with process:
        heard = threading.Thread(target=errors.extend, args=(process.stderr,), daemon=True)
        heard.start()
        for line in process.stdout or ():
            if line.startswith("{"):
                lines.put((job, line))
        heard.join()
    lines.put((job, None))


def _failed(job: Job, code: int, errors: deque[str]) -> WorkerFailed:
    said = " ".join("".join(errors).split())[-600:] or "it said nothing"
    return WorkerFailed(
        f"{job.name} ended with code {code}: {said}.",
        "Every rung must come to its end.",
        "Run the same command again: what is done is kept.",
    )
