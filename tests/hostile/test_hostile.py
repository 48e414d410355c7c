"""What a program that means harm does to the host: nothing."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.hostile.programs import PROGRAMS, RIGHT, Program

from tasklaws.sandboxes import SANDBOXES
from tasklaws.sandboxes._bwrap_command import _seal
from tasklaws.spec.sandbox import Outcome, RunLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

BOXES = ("monty", "bwrap")
LIMITS = RunLimits(seconds=0.8, memory_bytes=128 * 2**20, processes=32)
SECRET = "a secret of the host"  # noqa: S105  made for the test
SLACK = 2.0
"""Seconds beyond its limit in which a program must be stopped on a busy machine."""


class Host:
    """Things of the host that a program may go for, and whether it got them."""

    def __init__(self, folder: Path, listener: socket.socket) -> None:
        self.victim, self.secret, self.listener = folder / "victim", folder / "secret.txt", listener
        self.victim.mkdir()
        self.victim.chmod(0o777)
        self.secret.write_text(SECRET, encoding="utf-8")
        self.secret.chmod(0o644)
        self.mark = str(100_000_000 + os.getpid())

    def written_for(self, code: str) -> str:
        """Return the program's text with the names of what is here."""
        places = {
            "SECRET": str(self.secret),
            "VICTIM": str(self.victim),
            "PORT": str(self.listener.getsockname()[1]),
            "MARK": self.mark,
        }
        for name, place in places.items():
            code = code.replace(name, place)
        return code

    def left(self) -> list[int]:
        """Return processes that bear the mark."""
        return [int(p.parent.name) for p in Path("/proc").glob("[0-9]*/cmdline") if self._bears(p)]

    def _bears(self, cmdline: Path) -> bool:
        try:
            return self.mark.encode() in cmdline.read_bytes().split(b"\0")
        except OSError:
            return False


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    # pytest's own folders are closed to others, and would hide a missing wall behind their permissions.
    with (
        tempfile.TemporaryDirectory(prefix="hostile-") as folder,
        socket.create_server(("127.0.0.1", 0)) as listener,
    ):
        Path(folder).chmod(0o755)
        listener.settimeout(0.0)
        monkeypatch.setenv("HOSTILE_TOKEN", SECRET)
        yield Host(Path(folder), listener)


def ready(name: str) -> None:
    reason = SANDBOXES[name].missing()
    if reason is not None:
        pytest.skip(f"{name}: {reason}")


def run(name: str, code: str, limits: RunLimits = LIMITS) -> Outcome:
    ready(name)
    return SANDBOXES[name].run(code, "", limits, "python")


@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_program_ends_as_it_may_and_leaves_the_host_alone(name: str, program: Program, host: Host) -> None:
    start = time.monotonic()
    outcome = run(name, host.written_for(program.code))
    seconds = time.monotonic() - start
    assert outcome.kind in getattr(program, name).split(), outcome.detail
    assert program.output is None or name not in program.output or outcome.stdout == program.output[name]
    assert seconds < LIMITS.seconds + SLACK
    assert len(outcome.stdout.encode()) <= LIMITS.output_bytes
    assert len(outcome.detail) <= 1000
    assert SECRET not in outcome.stdout + outcome.detail
    assert list(host.victim.iterdir()) == []
    with pytest.raises(BlockingIOError):
        host.listener.accept()
    assert gone(host), "a process is left"


def gone(host: Host) -> bool:
    """Return whether no marked process is there, at the latest after a moment."""
    deadline = time.monotonic() + 1.0
    while host.left():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("name", BOXES)
@pytest.mark.parametrize("right", RIGHT)
def test_right_program_is_right_after_all_that(name: str, right: str) -> None:
    code, printed = RIGHT[right]
    outcome = run(name, code, RunLimits(seconds=10.0))
    assert outcome.ok, outcome.detail
    assert outcome.stdout == (printed if printed is not None else f"{repeated_sha256(10).hex()[:8]}\n")


def repeated_sha256(times: int) -> bytes:
    text = b"a"
    for _ in range(times):
        text = hashlib.sha256(text).digest()
    return text


def test_the_things_of_the_host_can_be_had_without_a_sandbox(host: Host) -> None:
    """The checks above would see a hole: everything they guard is within reach of anybody outside."""
    assert host.secret.read_text(encoding="utf-8") == SECRET
    assert host.secret.stat().st_mode & 0o004
    assert host.victim.stat().st_mode & 0o002
    with socket.create_connection(host.listener.getsockname()):
        host.listener.settimeout(5.0)
        host.listener.accept()[0].close()


def test_a_process_that_is_left_would_be_seen(host: Host) -> None:
    child = os.posix_spawn("/bin/sleep", ["sleep", host.mark], {})
    try:
        deadline = time.monotonic() + 5.0
        while not host.left() and time.monotonic() < deadline:  # it takes its name a moment after it starts
            time.sleep(0.001)
        assert not gone(host)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def test_fork_bombs_side_by_side_do_not_share_their_limit() -> None:
    code = (
        "import os, time\nn = 0\ntry:\n  while True:\n    if os.fork() == 0: time.sleep(9)\n    n += 1\n"
        "except OSError: print(n)\ntime.sleep(0.3)"
    )
    ready("bwrap")
    with ThreadPoolExecutor(2) as threads:
        outcomes = list(threads.map(lambda _: run("bwrap", code, RunLimits(processes=32)), range(2)))
    counts = [int(outcome.stdout) for outcome in outcomes]
    assert all(20 <= count < 32 for count in counts), counts


def test_program_makes_no_namespaces_where_bubblewrap_can_forbid_that() -> None:
    ready("bwrap")
    if not _seal():
        pytest.skip("this bubblewrap is older than 0.8")
    outcome = run("bwrap", "import ctypes\nprint(ctypes.CDLL(None).unshare(0x10000000))")
    assert outcome.stdout == "-1\n"
