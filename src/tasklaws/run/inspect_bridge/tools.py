"""Our tools as tools of Inspect AI, with a record of every call; and such a record for anybody's tool.

A record stands in the sample's store as soon as its call has ended, so that it survives a limit. Programs run
in the sandbox of the sample, where it has one, else in that of the tool; other tools run where they are.
"""

from __future__ import annotations

import json
import time
from functools import wraps
from inspect import isfunction
from typing import TYPE_CHECKING, Any

import anyio
from anyio.to_thread import run_sync
from inspect_ai.solver import Solver, solver
from inspect_ai.tool import Tool, ToolDef, ToolError, ToolParam, ToolParams, tool
from inspect_ai.util import OutputLimitExceededError, sandbox, store

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.run.inspect_bridge._calls import OUTPUT, record
from tasklaws.sandboxes import SANDBOXES
from tasklaws.sandboxes.inspect import missing, run_in
from tasklaws.spec.sandbox import Outcome, RunLimits
from tasklaws.tools import TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from inspect_ai.solver import Generate, TaskState
    from inspect_ai.util import SandboxEnvironment

    from tasklaws.spec.sandbox import Kind

PROGRAMS = {"python": "monty", "bash": "bwrap"}
"""Tool that runs programs, of the language of that name -> our sandbox for them."""
SECONDS = 30.0
"""Seconds that a program may run in the sample's own sandbox, where the harness says nothing."""
RULES = "tasklaws_rules"
"""Place in the store of what the harness says of tools."""
LACKING = (
    "It is a small Python: no inheritance, no yield, no del, no files; of the standard library it has parts "
    "of base64, bisect, collections, csv, dataclasses, datetime, decimal, functools, hashlib, itertools, "
    "json, math, random, re, time and typing."
)
ENDED: dict[Kind, str] = {
    "error": "error",
    "timeout": "stopped at its time limit",
    "memory": "stopped: it asked for more memory than it may have",
    "output_cap": "stopped: it put out more than it may",
    "unsupported": "this sandbox lacks something that the call uses",
    "crashed": "the process that ran it died",
}
"""How a call ended that did not end well, as the model is told."""


@tool
def instrumented(name: str, trusted: bool = False) -> Tool:
    """Return the tool called `name` of the catalogue, with one parameter `text`.

    Each call is put into the store of the sample, as ``tasklaws_calls``: tool, text, outcome, detail, output,
    seconds, and the edit distance to the nearest call that is known to work.

    Args:
        name: of the tool.
        trusted: let programs run in Inspect's `local` sandbox, which keeps nothing in.

    Raises:
        UnknownName: there is no such tool.
    """
    about = TOOLS[name]

    async def execute(text: str) -> str:
        """Carry out a call."""
        return _shown(await _recorded(name, text, trusted))

    small = name == "python" and _environment() is None
    described = (
        f"{about.summary[:1].upper()}{about.summary[1:]}. {about.requires}{f' {LACKING}' if small else ''}"
    )
    taken = ToolParam(type="string", description="What the tool is given, as it is.")
    parameters = ToolParams(properties={"text": taken}, required=["text"])
    return ToolDef(execute, name=name, description=described, parameters=parameters).as_tool()


async def _recorded(name: str, text: str, trusted: bool) -> Outcome:
    start = time.perf_counter()
    try:
        outcome = await _carried_out(name, text, trusted)
    except anyio.get_cancelled_exc_class():
        cut = Outcome("timeout", detail="the attempt ended before", seconds=time.perf_counter() - start)
        record(name, text, cut)
        raise
    seconds = time.perf_counter() - start
    record(name, text, Outcome(outcome.kind, outcome.stdout, outcome.detail, seconds))
    return outcome


async def _carried_out(name: str, text: str, trusted: bool) -> Outcome:
    limit = (store().get(RULES) or {}).get("call_limit")
    if name in PROGRAMS and _environment() is not None:
        _check_walls(trusted)
        return await run_in(sandbox(), text, "", RunLimits(seconds=limit or SECONDS), name)
    if name in PROGRAMS and limit:
        return await run_sync(_program, name, limit, text, abandon_on_cancel=True)
    with anyio.move_on_after(limit):
        return await run_sync(TOOLS[name].use, text, abandon_on_cancel=True)
    return Outcome("timeout", detail=f"it took more than {limit:g} s")


def _program(language: str, seconds: float, text: str) -> Outcome:
    """Return the outcome of a program in our own sandbox under another limit than the tool's."""
    found = SANDBOXES[PROGRAMS[language]]
    reason = found.missing()
    if reason:
        return Outcome("unsupported", detail=reason)
    return found.run(text, "", RunLimits(seconds=seconds), language)


def _environment() -> SandboxEnvironment | None:
    try:
        return sandbox()
    except ProcessLookupError:
        return None


def _check_walls(trusted: bool) -> None:
    """Raise where the sandbox of the sample keeps nothing in, and programs are not trusted.

    Raises:
        BadInput: it is so. The sample ends in an error then, and no answer is called wrong.
    """
    reason = missing()
    if reason is not None and not trusted:
        raise BadInput(
            f"the sample's sandbox cannot be used: {reason}.",
            "A program that nobody trusts runs only where it is kept in.",
            "Give the sample another sandbox, or none; or, for programs that you trust, take "
            "instrumented(name, trusted=True).",
        )


def _shown(outcome: Outcome) -> str:
    """Return what the model sees of a call; what did not end well is an error to it.

    Raises:
        ToolError: the call failed.
    """
    if outcome.ok:
        return outcome.stdout
    written = f"{outcome.stdout[:OUTPUT].rstrip()}\n" if outcome.stdout else ""
    said = f": {outcome.detail}" if outcome.detail else ""
    raise ToolError(f"{written}{ENDED[outcome.kind]}{said}")


def instrument(other: Tool | ToolDef) -> Tool:
    """Return anybody's tool with the same record of its calls; the text of one is its arguments as JSON.

    A handoff to another agent is no call, and is not to be wrapped.
    """
    definition = other if isinstance(other, ToolDef) else ToolDef(other)
    called: Any = definition.tool
    inner = called if isfunction(called) else called.__call__

    @wraps(inner)
    async def execute(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  as the tool has it
        text = json.dumps(kwargs or list(args), default=str, ensure_ascii=False)
        start = time.perf_counter()
        try:
            result = await inner(*args, **kwargs)
        except BaseException as error:
            seconds = time.perf_counter() - start
            record(definition.name, text, Outcome(_kind(error), detail=str(error), seconds=seconds))
            raise
        record(definition.name, text, Outcome("ok", _text(result), seconds=time.perf_counter() - start))
        return result

    return ToolDef(
        execute,
        name=definition.name,
        description=definition.description,
        parameters=definition.parameters,
        parallel=definition.parallel,
        viewer=definition.viewer,
        model_input=definition.model_input,
        max_output=definition.max_output,
        options=definition.options,
    ).as_tool()


def _kind(error: BaseException) -> Kind:
    if isinstance(error, TimeoutError | anyio.get_cancelled_exc_class()):
        return "timeout"
    return "output_cap" if isinstance(error, OutputLimitExceededError) else "error"


def _text(result: object) -> str:
    parts = result if isinstance(result, list) else [result]
    return "\n".join(str(getattr(part, "text", part)) for part in parts)


def tool_rules(call_limit: float | None, tools: Sequence[str] | None) -> Solver | None:
    """Return what tells the tools of a sample what the harness says of them; None where it says nothing.

    Raises:
        UnknownName: a tool that is none of ours.
    """
    for name in tools or ():
        if name not in TOOLS:
            raise UnknownName("tool", name, TOOLS)
    return None if call_limit is None and tools is None else _rules(call_limit, tools)


@solver
def _rules(call_limit: float | None, tools: Sequence[str] | None) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001
        state.store.set(RULES, {"call_limit": call_limit, "tools": None if tools is None else list(tools)})
        return state

    return solve


def allowed(names: Iterable[str]) -> list[str]:
    """Return those of the tools called `names` that the harness of the running sample allows."""
    told = (store().get(RULES) or {}).get("tools")
    return [name for name in names if told is None or name in told]
