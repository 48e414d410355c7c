"""bwrap: whole programs, in namespaces of their own, under limits and without rights (Linux)."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import sys
from functools import cache
from typing import TYPE_CHECKING

from tasklaws.sandboxes._bwrap_command import command, python
from tasklaws.sandboxes._process import CHUNK, run_process
from tasklaws.sandboxes._shared import check_language, check_there, cut, kind_of
from tasklaws.sandboxes._tree import own_memory
from tasklaws.spec.sandbox import DEFAULT_LIMITS, Outcome, RunLimits, Sandbox

if sys.platform == "linux":
    SEALS = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.sandboxes._process import Ended
    from tasklaws.spec.sandbox import Kind

NAME = "bwrap"
LANGUAGES = ("python", "bash")
NOBODY = 65_534
"""User and group that programs run as where we are root: the limit on processes does not hold for root."""
STOPPED: dict[str, Kind] = {"time": "timeout", "output": "output_cap", "memory": "memory"}
TRIAL = RunLimits(seconds=20.0)
"""Limits of the program that shows whether bubblewrap works here."""


def run(code: str, stdin: str = "", limits: RunLimits = DEFAULT_LIMITS, language: str = "python") -> Outcome:
    """Run a program.

    The kind comes from our own limits, from what bubblewrap tells over a pipe that the program does not
    have, and from the exit status (see `kind_of` for what that can tell).

    Raises:
        UnknownName: it does not run that language.
        BadInput: bubblewrap does not work here.
    """
    check_language(NAME, language, LANGUAGES)
    check_there(NAME, missing())
    return _started(code, stdin, limits, language)


def _started(code: str, stdin: str, limits: RunLimits, language: str) -> Outcome:
    """Run a program; where the system does not let us start anything, that is `crashed`."""
    try:
        return _run(code, stdin, limits, language)
    except OSError as error:
        return Outcome("crashed", detail=cut(str(error)))


def _run(code: str, stdin: str, limits: RunLimits, language: str) -> Outcome:
    with _held(code) as program, _held(stdin) as entry, _pipe() as (told, tell):
        ended = run_process(
            command(program, tell, limits, language),
            entry,
            seconds=limits.seconds,
            output_bytes=limits.output_bytes,
            too_big=lambda pid: own_memory(pid) > limits.memory_bytes,
            fds=(program, tell),
            user=NOBODY if os.geteuid() == 0 else None,
        )
        kind = _kind(ended, began=b"exit-code" in _read(told))
    out = ended.out[: limits.output_bytes].decode(errors="replace")
    return Outcome(kind, out, "" if kind == "ok" else cut(ended.err.decode(errors="replace")), ended.seconds)


def _kind(ended: Ended, *, began: bool) -> Kind:
    """Return how a run ended; `began`: bubblewrap made its namespaces and saw the program end."""
    if ended.stopped:
        return STOPPED[ended.stopped]
    if not began:
        return "crashed"
    return kind_of(ended.status, ended.err.decode(errors="replace"))


@contextlib.contextmanager
def _held(text: str) -> Iterator[int]:
    """Hold a text in memory as a file that nobody can change; yield its descriptor."""
    held = os.memfd_create("text", os.MFD_ALLOW_SEALING)
    try:
        with open(held, "wb", closefd=False) as file:
            file.write(text.encode(errors="surrogatepass"))
        os.lseek(held, 0, os.SEEK_SET)
        fcntl.fcntl(held, fcntl.F_ADD_SEALS, SEALS)
        yield held
    finally:
        os.close(held)


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[int, int]]:
    """Yield the ends of a pipe: one to read from, at once or not at all, and one to write to."""
    ends = os.pipe()
    os.set_blocking(ends[0], False)
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)


def _read(pipe: int) -> bytes:
    try:
        return os.read(pipe, CHUNK)
    except BlockingIOError:  # nothing was written
        return b""


def missing() -> str | None:
    """Return why bubblewrap cannot be used here; None where it can, which was tried."""
    if sys.platform != "linux":
        return "needs Linux"
    needed = {"bubblewrap": shutil.which("bwrap"), "util-linux": shutil.which("prlimit"), "python3": python()}
    absent = [package for package, found in needed.items() if found is None]
    if absent:
        return f"{', '.join(absent)} not installed; apt-get install {' '.join(absent)}"
    return _tried()


@cache
def _tried() -> str | None:
    """Run a program that does nothing; return why that failed."""
    outcome = _started("", "", TRIAL, "python")
    if outcome.ok:
        return None
    return (
        f"bubblewrap does not work here ({outcome.kind}: {outcome.detail}); it must be allowed to make user "
        "namespaces: sysctl kernel.unprivileged_userns_clone=1, on Ubuntu also "
        "kernel.apparmor_restrict_unprivileged_userns=0; a container must permit them to what runs in it"
    )


SANDBOX = Sandbox(
    NAME,
    "the system's Python and bash in namespaces of their own, without network, files or rights",
    "github.com/containers/bubblewrap; prlimit of util-linux",
    "published",
    LANGUAGES,
    run,
    missing,
    "Linux namespaces, an unprivileged user and limits on processes, memory, time and output keep the "
    "program in. A flaw of the kernel, which it calls unfiltered, would let it out: against an adversary "
    "take a machine of its own.",
)
