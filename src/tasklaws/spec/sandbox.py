"""What a sandbox is: a place where a program that nobody trusts runs under limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Kind = Literal["ok", "error", "timeout", "memory", "output_cap", "unsupported", "crashed"]
"""How a run ended.

ok            the program came to its end
error         it raised an error, or ended with a code other than 0
timeout       it was stopped at its time limit, or used up its calls
memory        it asked for more memory than it may have
output_cap    it wrote more than it may
unsupported   the sandbox lacks what the program uses: says nothing about the program, never "wrong"
crashed       the process that ran it died
"""


@dataclass(frozen=True)
class RunLimits:
    """What a program may use."""

    seconds: float = 4.0
    """Wall time."""
    memory_bytes: int = 256 * 2**20
    output_bytes: int = 1_000_000
    processes: int = 64
    calls: int = 20_000_000
    """Calls that a program in an embedded sandbox may make to functions of its host, `input()` included."""


DEFAULT_LIMITS = RunLimits()


@dataclass(frozen=True)
class Outcome:
    """How a run ended, as seen from outside: nothing a program prints can change `kind`."""

    kind: Kind
    stdout: str = ""
    detail: str = ""
    """Message of the error, cut; empty where there was none."""
    seconds: float = 0.0
    """Wall time."""

    @property
    def ok(self) -> bool:
        """Return whether the program came to its end."""
        return self.kind == "ok"


@dataclass(frozen=True)
class Sandbox:
    """One kind of sandbox; its module's name is its name."""

    name: str
    summary: str
    source: str
    status: Literal["published", "emerging"]
    languages: tuple[str, ...]
    """What it can run: ``python``, ``bash``."""
    run: Callable[[str, str, RunLimits, str], Outcome]
    """Run (code, stdin, limits, language). Never raises for what the program does."""
    missing: Callable[[], str | None]
    """Return why the sandbox cannot be used on this machine and how to mend that; None where it can."""
    isolation: str
    """What keeps the program in, in one sentence, and what does not."""

    @property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the sandbox."""
        return {"languages": ", ".join(self.languages), "isolation": self.isolation}
