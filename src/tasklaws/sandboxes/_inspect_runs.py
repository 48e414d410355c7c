"""Runs programs in a sandbox of Inspect AI's, whatever keeps it in."""

from __future__ import annotations

import asyncio
import contextvars
import math
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import sha256_hex
from tasklaws.sandboxes._shared import check_language, cut, kind_of
from tasklaws.spec.sandbox import DEFAULT_LIMITS, Outcome, RunLimits

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspect_ai.util import ExecResult, SandboxEnvironment

    from tasklaws.spec.sandbox import Kind

NAME = "inspect"
COMMANDS = {"python": ("python3", "-I", "-S"), "bash": ("bash", "--noprofile", "--norc")}
"""Language -> what runs a program of it."""
LIMITED = 'ulimit -v "$0" 2>/dev/null; exec "$@"'
"""Shell that limits the memory of what it starts, where the system can."""
ABSENT = (126, 127)
"""Exit statuses of a shell that could not start what it was told to; a program may exit with them too."""
FULL = 0.9
"""Share of Inspect's limit on a stream at which it counts as cut off: some environments cut silently."""
GRACE = 10.0
"""Seconds that an environment has to stop a program at its time limit."""


def adapted(environment: SandboxEnvironment) -> Callable[[str, str, RunLimits, str], Outcome]:
    """Return a function that runs programs in `environment`: (code, stdin, limits, language) -> outcome.

    It may be called inside a running event loop, which then waits. How well a program is kept in is
    the environment's business; Inspect's `local` does not keep it in at all.
    """

    def run(
        code: str, stdin: str = "", limits: RunLimits = DEFAULT_LIMITS, language: str = "python"
    ) -> Outcome:
        def inside() -> Outcome:
            return asyncio.run(run_in(environment, code, stdin, limits, language))

        with ThreadPoolExecutor(1) as thread:  # the caller's thread may be running an event loop
            return thread.submit(contextvars.copy_context().run, inside).result()

    return run


async def run_in(
    environment: SandboxEnvironment,
    code: str,
    stdin: str = "",
    limits: RunLimits = DEFAULT_LIMITS,
    language: str = "python",
) -> Outcome:
    """Run a program in an environment of Inspect's.

    ``limits.processes`` is left to the environment, and so is memory where `ulimit -v` does nothing.

    Raises:
        UnknownName: that language is not known here.
        BadInput: the environment lacks what runs that language.
    """
    check_language(NAME, language, COMMANDS)
    program = code.encode(errors="surrogatepass")
    file = f"program-{sha256_hex(program)[:16]}"
    start = time.perf_counter()
    try:
        await environment.write_file(file, program)
        command = ["sh", "-c", LIMITED, str(limits.memory_bytes // 1024), *COMMANDS[language], file]
        result = await _executed(environment, command, stdin, limits.seconds)
    except Exception as error:  # noqa: BLE001  raised again where it means nothing here
        return _refused(error, time.perf_counter() - start)
    seconds = time.perf_counter() - start
    if result.returncode in ABSENT:
        await _check_has(environment, COMMANDS[language][0])
    return _outcome(result, seconds, limits)


async def _executed(
    environment: SandboxEnvironment, command: list[str], stdin: str, seconds: float
) -> ExecResult[str]:
    """Return what running `command` gave; Inspect counts whole seconds."""
    limit = math.ceil(seconds)
    async with asyncio.timeout(limit + GRACE):
        return await environment.exec(
            command,
            input=stdin.encode(errors="surrogatepass"),
            timeout=limit,
            timeout_retry=False,
            concurrency=False,
        )


async def _check_has(environment: SandboxEnvironment, command: str) -> None:
    result = await environment.exec(["sh", "-c", f"command -v {command}"], timeout=math.ceil(GRACE))
    if not result.success:
        raise BadInput(
            f"the sandbox of Inspect has no {command}.",
            "Programs are run by it.",
            "Take an image that has it.",
        )


def _refused(error: Exception, seconds: float) -> Outcome:
    """Return what an error of the environment means, or raise it again.

    A program may have brought about that it writes no text (`error`); that the environment cannot run
    anything is never the program's doing (`crashed`).
    """
    from inspect_ai.util import OutputLimitExceededError, SandboxUnavailableError

    kinds: tuple[tuple[type[Exception], Kind], ...] = (
        (TimeoutError, "timeout"),
        (OutputLimitExceededError, "output_cap"),
        (UnicodeDecodeError, "error"),
        (PermissionError, "crashed"),
        (SandboxUnavailableError, "crashed"),
    )
    for raised, kind in kinds:
        if isinstance(error, raised):
            written = getattr(error, "truncated_output", None) or ""
            return Outcome(kind, written, cut(str(error) or type(error).__name__), seconds)
    raise error


def _outcome(result: ExecResult[str], seconds: float, limits: RunLimits) -> Outcome:
    from inspect_ai.util import SandboxEnvironmentLimits

    sizes = [len(text.encode(errors="replace")) for text in (result.stdout, result.stderr)]
    full = FULL * SandboxEnvironmentLimits.MAX_EXEC_OUTPUT_SIZE
    kind = kind_of(result.returncode, result.stderr)
    if sum(sizes) > limits.output_bytes or max(sizes) >= full:
        kind = "output_cap"
    elif seconds > limits.seconds and kind == "ok":
        kind = "timeout"
    out = result.stdout.encode(errors="replace")[: limits.output_bytes].decode(errors="ignore")
    return Outcome(kind, out, "" if kind == "ok" else cut(result.stderr), seconds)
