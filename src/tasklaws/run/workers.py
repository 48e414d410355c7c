"""Work in processes of their own, one thread each, as many at a time as there are cores.

A worker takes one job after another: starting and importing are paid once, and what it compiled is kept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import weakref
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Queue
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import TasklawsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
"""What holds libraries to one thread."""
ORPHANED = 3
"""Exit code of a worker whose parent is gone in the middle of a job."""
LAST_LINES = 12
"""Lines of a failed worker's errors that are told."""
PATIENCE = 5.0
"""Seconds that an idle worker has to end."""
DONE = "done"
"""Key of the line that says that a job is done."""


class WorkerFailed(TasklawsError):  # noqa: N818  says what is wrong
    """A worker ended with an error; its own message is in it."""


@dataclass(frozen=True)
class Job:
    """One piece of work for a process that runs ``python -m MODULE``."""

    module: str
    asked: dict[str, Any]
    name: str


def given_jobs() -> Iterator[dict[str, Any]]:
    """Yield what the parent asks of this worker, line by line, and tell it when each is done.

    The worker ends as soon as its input does, so when the parent is gone, however that ended.
    """
    given, busy = Queue[dict[str, Any] | None](), threading.Event()

    def listen() -> None:
        for line in sys.stdin:
            busy.set()
            given.put(json.loads(line))
        if busy.is_set():
            os._exit(ORPHANED)
        given.put(None)

    threading.Thread(target=listen, daemon=True).start()
    while (asked := given.get()) is not None:
        yield asked
        busy.clear()
        say(**{DONE: True})


def say(**line: Any) -> None:  # noqa: ANN401
    """Tell the parent of this worker."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def at_once() -> int:
    """Return how many workers run at a time: one per core that this process may use."""
    try:
        return max(1, len(os.sched_getaffinity(0)))
    except AttributeError:
        return max(1, os.cpu_count() or 1)


@dataclass(eq=False)
class _Worker:
    module: str
    process: subprocess.Popen[str]
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))
    job: Job | None = None

    def take(self, job: Job) -> None:
        """Begin a job; that a worker is gone is heard from its output."""
        self.job = job
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):
                self.process.stdin.write(json.dumps(job.asked) + "\n")
                self.process.stdin.flush()


class Crew:
    """Workers that stay between calls of `run`, and end with this object or with this process."""

    def __init__(self) -> None:
        self._workers: list[_Worker] = []
        self._lines = Queue[tuple[_Worker, str | None]]()
        self.end = weakref.finalize(self, _end, self._workers)
        """End all workers."""

    def start(self, module: str) -> None:
        """Start the workers before there is work, so that they have imported what they need by then."""
        while len(self._workers) < at_once():
            self._workers.append(_started(module, self._lines))

    def run(
        self,
        jobs: Sequence[Job],
        told: Callable[[Job, dict[str, Any]], None],
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Do `jobs`, begun in their order, a few at a time; `told` hears what is said of each.

        Once `stopped`, no further job is begun; those that were come to their end.

        Raises:
            WorkerFailed: a job failed; all workers are stopped.
        """
        try:
            self._run(deque(jobs), told, stopped)
        except BaseException:
            for worker in self._workers:
                worker.process.kill()
            _end(self._workers)
            raise

    def _run(
        self,
        waiting: deque[Job],
        told: Callable[[Job, dict[str, Any]], None],
        stopped: Callable[[], bool],
    ) -> None:
        n_busy = 0
        while n_busy or (waiting and not stopped()):
            while waiting and n_busy < at_once() and not stopped():
                self._free(waiting[0].module).take(waiting.popleft())
                n_busy += 1
            worker, line = self._lines.get()
            if line is None:
                raise _failed(worker)
            said = json.loads(line)
            if DONE in said:
                worker.job = None
                n_busy -= 1
            elif worker.job is not None:
                told(worker.job, said)

    def _free(self, module: str) -> _Worker:
        for worker in self._workers:
            if worker.job is None and worker.module == module:
                return worker
        self._workers.append(_started(module, self._lines))
        return self._workers[-1]


def run_all(
    jobs: Sequence[Job],
    told: Callable[[Job, dict[str, Any]], None],
    stopped: Callable[[], bool] = lambda: False,
) -> None:
    """Do `jobs` as a `Crew` does; whatever happens, no worker outlives this call.

    Raises:
        WorkerFailed: a job failed; the others are stopped.
    """
    crew = Crew()
    try:
        crew.run(jobs, told, stopped)
    finally:
        crew.end()


def _end(workers: list[_Worker]) -> None:
    """Let workers end by ending their input; those that take too long are killed."""
    for worker in workers:
        if worker.process.stdin is not None:
            with suppress(BrokenPipeError):
                worker.process.stdin.close()
    for worker in workers:
        try:
            worker.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            worker.process.wait()
    workers.clear()


def _started(module: str, lines: Queue[tuple[_Worker, str | None]]) -> _Worker:
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        env=os.environ | ONE_THREAD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # an interruption typed at the terminal is the parent's to deal with
    )
    worker = _Worker(module, process)
    threading.Thread(target=_listen, args=(worker, lines), daemon=True).start()
    return worker


def _listen(worker: _Worker, lines: Queue[tuple[_Worker, str | None]]) -> None:
    """Pass on what a worker prints, keep the end of its errors, and say when it has ended."""
    process = worker.process
    heard = threading.Thread(target=worker.errors.extend, args=(process.stderr,), daemon=True)
    heard.start()
    for line in process.stdout or ():
        if line.startswith("{"):
            lines.put((worker, line))
    heard.join()
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    lines.put((worker, None))


def _failed(worker: _Worker) -> WorkerFailed:
    said = " ".join("".join(worker.errors).split())[-600:] or "it said nothing"
    name = worker.job.name if worker.job else "an idle worker"
    return WorkerFailed(
        f"{name} ended with code {worker.process.wait()}: {said}.",
        "Every rung must come to its end.",
        "Run the same command again: what is done is kept.",
    )
