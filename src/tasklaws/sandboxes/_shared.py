"""What the sandboxes share: what exit statuses mean, cut messages, the refusal of unknown languages."""

from __future__ import annotations

import importlib.util
import signal
from functools import cache
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tasklaws.spec.sandbox import Kind

LONGEST = 500
"""Characters that a message keeps."""
SIGNALLED = 128
"""Exit status above which a shell means the number of a signal."""
SIGNALS: dict[int, Kind] = {signal.SIGXCPU: "timeout", signal.SIGKILL: "memory"}
"""Signals by which a kernel enforces limits, where we sent none ourselves."""


def kind_of(status: int, stderr: str) -> Kind:
    """Return how a process ended that nobody stopped.

    A process that exits by itself with 128 + n is taken for one ended by signal n. One thing is read
    from what it wrote: a last line that says MemoryError makes `memory` of `error`, and nothing else.

    Args:
        status: exit status; -n, or 128 + n, where signal n ended it.
        stderr: what it wrote there.
    """
    if status == 0:
        return "ok"
    number = -status if status < 0 else status - SIGNALLED
    if number in SIGNALS:
        return SIGNALS[number]
    if number in signal.valid_signals():
        return "crashed"
    return "memory" if stderr.strip().rpartition("\n")[2].startswith("MemoryError") else "error"


def cut(message: str) -> str:
    """Return the end of a message, which tells most, on at most `LONGEST` characters."""
    message = message.strip()
    return message if len(message) <= LONGEST else f"...{message[3 - LONGEST :]}"


def check_language(sandbox: str, language: str, known: Iterable[str]) -> None:
    """Raise where a sandbox does not run `language`.

    Raises:
        UnknownName: it does not.
    """
    if language not in known:
        raise UnknownName(f"language of the sandbox {sandbox}", language, known)


def check_there(sandbox: str, reason: str | None) -> None:
    """Raise where there is a reason not to use a sandbox.

    Raises:
        BadInput: there is one.
    """
    if reason is not None:
        raise BadInput(
            f"the sandbox {sandbox} cannot be used: {reason}.",
            "A program that nobody trusts runs only where it is kept in.",
            "Mend that, or take another sandbox: tasklaws doctor tells which work here.",
        )


@cache
def installed(module: str) -> bool:
    """Return whether a module is there, without importing it."""
    return importlib.util.find_spec(module) is not None
