"""The command line that runs a program under bubblewrap."""

from __future__ import annotations

import math
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasklaws.spec.sandbox import RunLimits

PROGRAM = "/main"
"""Where the program stands inside."""
SCRATCH, SHARED = "/tmp", "/dev/shm"  # noqa: S108  inside, where nobody else is
"""Folders that the program may write to; they are memory."""
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64")
"""Folders of the root that hold, or point at, what stands in /usr."""
PYTHONS = ("/usr/bin/python3", "/usr/local/bin/python3")
"""Where the system's Python may be; nothing outside /usr is visible inside."""
SEALING = (0, 8)
"""Version of bubblewrap since which it can forbid namespaces within its own."""


def command(program: int, status: int, limits: RunLimits, language: str) -> list[str]:
    """Return the command line.

    Args:
        program: descriptor of the program's text.
        status: descriptor that bubblewrap writes to how it went; the program does not inherit it.
        limits: what the program may use.
        language: what it is written in.
    """
    return [*_walls(program, status, limits), "--", *_fences(limits), *_interpreter(language)]


def _walls(program: int, status: int, limits: RunLimits) -> list[str]:
    """Return the part that shuts the program in.

    Each folder it may write to is as large as the memory that it may have.
    """
    size = ("--size", str(limits.memory_bytes))
    return [
        *(shutil.which("bwrap") or "bwrap", "--unshare-user", "--unshare-all", *_seal()),
        *("--die-with-parent", "--new-session", "--clearenv"),
        *("--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "LANG", "C.UTF-8"),
        *("--setenv", "HOME", SCRATCH),
        *("--ro-bind", "/usr", "/usr", *_system()),
        *("--proc", "/proc", "--dev", "/dev", *size, "--tmpfs", SHARED, "--remount-ro", "/dev"),
        *(*size, "--tmpfs", SCRATCH, "--ro-bind-data", str(program), PROGRAM, "--remount-ro", "/"),
        *("--chdir", SCRATCH, "--json-status-fd", str(status)),
    ]


@cache
def _seal() -> tuple[str, ...]:
    """Return the option that forbids further namespaces, where bubblewrap has it."""
    told = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=True).stdout
    numbers = tuple(int(number) for number in re.findall(r"\d+", told)[:2])
    return ("--disable-userns",) if numbers >= SEALING else ()


@cache
def _system() -> tuple[str, ...]:
    """Return options that make the folders of the root which belong to the system."""
    options: list[str] = []
    for path in (Path("/", name) for name in SYSTEM):
        if path.is_symlink():
            options += ("--symlink", str(path.readlink()), str(path))
        elif path.is_dir():
            options += ("--ro-bind", str(path), str(path))
    return tuple(options)


def _fences(limits: RunLimits) -> list[str]:
    """Return the part that limits what the program uses.

    It stands inside the namespaces, where processes are counted for this run alone (Linux 5.14; before,
    all runs of one user count together).
    """
    return [
        *("prlimit", f"--nproc={limits.processes}", f"--as={limits.memory_bytes}", "--core=0"),
        *(f"--cpu={math.ceil(limits.seconds) + 1}", "--"),
    ]


def _interpreter(language: str) -> list[str]:
    if language == "bash":
        return ["bash", "--noprofile", "--norc", PROGRAM]
    return [python() or PYTHONS[0], "-I", "-S", PROGRAM]


def python() -> str | None:
    """Return where the system's Python is; None where there is none."""
    return next(filter(os.path.exists, PYTHONS), None)
