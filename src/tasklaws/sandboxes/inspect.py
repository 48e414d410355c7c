"""inspect: the sandbox of the sample that Inspect AI is running, or any other of its sandboxes."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from tasklaws.sandboxes._inspect_runs import COMMANDS, NAME, adapted, run_in
from tasklaws.sandboxes._shared import check_there, installed
from tasklaws.spec.sandbox import DEFAULT_LIMITS, Outcome, RunLimits, Sandbox

if TYPE_CHECKING:
    from inspect_ai.util import SandboxEnvironment

__all__ = ["SANDBOX", "adapted", "missing", "run", "run_in"]

DOCKER_SECONDS = 0.8
"""Seconds in which docker must say that its daemon runs."""
LOCAL = (
    "the sample's sandbox is Inspect's `local`, which keeps nothing in; give the sample another, or, for "
    "programs that you trust, take tasklaws.sandboxes.inspect.adapted(sandbox())"
)


def run(code: str, stdin: str = "", limits: RunLimits = DEFAULT_LIMITS, language: str = "python") -> Outcome:
    """Run a program in the sandbox of the sample that Inspect is running.

    Inspect's `local` is refused, since it keeps nothing in; who wants it nonetheless adapts it by name.

    Raises:
        UnknownName: that language is not known here.
        BadInput: no sample is running, or its sandbox is `local`.
    """
    check_there(NAME, missing())
    from inspect_ai.util import sandbox

    return adapted(sandbox())(code, stdin, limits, language)


def missing() -> str | None:
    """Return why no sandbox of Inspect's can be used here and now; None where one can.

    Inspect is not imported to find that out: where a sample is running, it was.
    """
    if not installed("inspect_ai"):
        return "inspect-ai not installed; pip install 'tasklaws[inspect]'"
    environment = _of_sample() if "inspect_ai.util" in sys.modules else None
    if environment is None:
        return f"no sample of Inspect with a sandbox is running{_docker()}"
    return LOCAL if _is_local(environment) else None


def _of_sample() -> SandboxEnvironment | None:
    from inspect_ai.util import sandbox

    try:
        return sandbox()
    except ProcessLookupError:
        return None


def _is_local(environment: SandboxEnvironment) -> bool:
    from inspect_ai.util._sandbox.local import LocalSandboxEnvironment

    try:
        environment.as_type(LocalSandboxEnvironment)
    except TypeError:
        return False
    return True


def _docker() -> str:
    """Return what is to be said of docker, which most sandboxes of Inspect's need."""
    try:
        asked = subprocess.run(
            ["docker", "version"], capture_output=True, timeout=DOCKER_SECONDS, check=False
        )
    except FileNotFoundError:
        return "; most need docker, which is not installed"
    except subprocess.TimeoutExpired:
        return f"; most need docker, whose daemon did not answer in {DOCKER_SECONDS:g} s"
    return "" if asked.returncode == 0 else "; most need docker, whose daemon does not run"


SANDBOX = Sandbox(
    NAME,
    "the sandbox of the sample that Inspect AI is running: docker, kubernetes or another",
    "inspect.aisi.org.uk/sandboxing",
    "published",
    tuple(COMMANDS),
    run,
    missing,
    "What keeps the program in is the environment that the sample was given; `local`, which keeps "
    "nothing in, is refused.",
)
