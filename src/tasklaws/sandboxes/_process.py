"""Runs a process whose output is read, counted and cut off while it runs."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CHUNK = 65_536
Stopped = Literal["", "time", "output", "memory"]
"""Which of our limits ended a process."""
TICK = 0.05
"""Seconds between two looks at what a running process uses."""
LAST_WORDS = 1.0
"""Seconds in which a killed process must close its output."""


@dataclass
class Ended:
    """How a process ended."""

    status: int = 0
    """Exit status; -n where signal n ended it."""
    stopped: Stopped = ""
    out: bytearray = field(default_factory=bytearray)
    err: bytearray = field(default_factory=bytearray)
    seconds: float = 0.0


def run_process(
    command: Sequence[str],
    stdin: int,
    *,
    seconds: float,
    output_bytes: int,
    too_big: Callable[[int], bool],
    fds: Sequence[int] = (),
    user: int | None = None,
    env: Mapping[str, str] | None = None,
) -> Ended:
    """Run a process in a group of its own and return how it ended.

    Args:
        command: program and arguments.
        stdin: file descriptor it reads from.
        seconds: wall time after which the group is killed.
        output_bytes: bytes on both streams together, above which it is killed.
        too_big: told its number now and then; it is killed where this returns true.
        fds: file descriptors it inherits.
        user: user and group number to run as, without any other group; None: ours.
        env: its environment; default is an empty one.
    """
    start = time.monotonic()
    with subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=fds,
        cwd="/",
        env=dict(env or {}),
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        start_new_session=True,
    ) as process:
        ended = Ended()
        try:
            ended.stopped = _watch(process, ended, start + seconds, output_bytes, too_big)
        finally:
            _kill(process)
        process.wait()
    ended.status, ended.seconds = process.returncode, time.monotonic() - start
    return ended


def _watch(
    process: subprocess.Popen[bytes],
    ended: Ended,
    deadline: float,
    output_bytes: int,
    too_big: Callable[[int], bool],
) -> Stopped:
    """Read until both streams are closed and the process is over, or until a limit is reached."""
    with selectors.DefaultSelector() as selector:
        for stream, kept in ((process.stdout, ended.out), (process.stderr, ended.err)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, kept)
        look = time.monotonic() + TICK
        while selector.get_map() or process.poll() is None:
            left = deadline - time.monotonic()
            if left <= 0:
                return "time"
            if selector.get_map():
                _read(selector, min(TICK, left))
            else:
                _wait(process, min(TICK, left))
            if len(ended.out) + len(ended.err) > output_bytes:
                return "output"
            if time.monotonic() > look:
                look = time.monotonic() + TICK
                if too_big(process.pid):
                    return "memory"
    return ""


def _read(selector: selectors.BaseSelector, seconds: float) -> None:
    for key, _ in selector.select(seconds):
        chunk = os.read(key.fd, CHUNK)
        key.data.extend(chunk)
        if not chunk:
            selector.unregister(key.fileobj)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the group and wait until nobody holds its output any more, which is when all are gone."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    deadline = time.monotonic() + LAST_WORDS
    for stream in filter(None, (process.stdout, process.stderr)):
        while select.select([stream], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if not os.read(stream.fileno(), CHUNK):
                break
