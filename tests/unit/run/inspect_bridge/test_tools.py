"""Our tools as tools of Inspect, and the record of their calls."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from inspect_ai import Task, eval  # noqa: A004  Inspect's own name for it
from inspect_ai.model import ChatMessageAssistant, execute_tools
from inspect_ai.solver import Solver, TaskState, solver
from inspect_ai.tool import ToolCall, ToolDef, ToolError, tool

from tasklaws.core.errors import UnknownName
from tasklaws.families import FAMILIES
from tasklaws.run.inspect_bridge._calls import CALLS
from tasklaws.run.inspect_bridge.instances import sample_of
from tasklaws.run.inspect_bridge.tools import LACKING, PROGRAMS, allowed, instrument, instrumented, tool_rules
from tasklaws.sandboxes import SANDBOXES
from tasklaws.tools import TOOLS

if TYPE_CHECKING:
    from pathlib import Path

    from inspect_ai.log import EvalSample
    from inspect_ai.solver import Generate
    from inspect_ai.tool import Tool

FAMILY = FAMILIES["sha_of"]


@tool
def divide() -> Tool:
    async def execute(a: int, b: int = 1) -> str:
        """Divide one number by another.

        Args:
            a: the number.
            b: by what.
        """
        if b == 0:
            raise ToolError("nothing is divided by 0")
        if b < 0:
            raise TimeoutError
        return str(a // b)

    return execute


@solver
def _calls(tools: str, calls: list[list[Any]], trusted: bool) -> Solver:
    """Make the same calls in each sample."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        there = [
            instrument(divide()) if name == "divide" else instrumented(name, trusted)
            for name in tools.split()
        ]
        for number, (name, arguments) in enumerate(calls):
            if isinstance(arguments, str):
                arguments = {"text": arguments}  # noqa: PLW2901
            call = ToolCall(id=str(number), function=name, arguments=arguments)
            state.messages.append(ChatMessageAssistant(content="", tool_calls=[call]))
            state.messages += (await execute_tools(state.messages, there)).messages
        return state

    return solve


def _sample(
    folder: Path, tools: str, calls: list[list[Any]], *, trusted: bool = False, **task: Any
) -> EvalSample:
    """Return the one sample of an evaluation in which `calls` were made."""
    asked = [sample_of(FAMILY.instance(3, 0))]
    made = Task(asked, solver=_calls(tools, calls, trusted), fail_on_error=False, **task)
    (log,) = eval(made, model="mockllm/model", display="none", log_dir=str(folder), log_realtime=False)
    assert log.status == "success"
    assert log.samples is not None
    return log.samples[0]


def _seen(sample: EvalSample) -> list[str]:
    """Return what the model saw of each call."""
    return [
        f"!{one.error.message}" if one.error else one.text for one in sample.messages if one.role == "tool"
    ]


LIMIT = 1.0
"""Seconds of a call: enough for all but the one that never ends, also on a busy machine."""


@pytest.fixture(scope="module")
def right() -> str:
    return FAMILY.path("call").solve(FAMILY.instance(3, 0))


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory, right: str) -> EvalSample:
    calls: list[list[Any]] = [
        ["python", right],
        ["python", right.replace("sha256(", "sha265(", 1)],
        ["python", "a = [1]\ndel a[0]"],
        ["python", "print('so far')\nwhile True: pass"],
        ["python", "print('x' * 5000)"],
        ["sha256", "abc"],
        ["python", {"code": "print(1)"}],
        ["divide", {"a": 6, "b": 2}],
        ["divide", {"a": 6, "b": 0}],
        ["divide", {"a": 6, "b": -1}],
    ]
    TOOLS["python"].use("print(1)")  # starts the sandbox, so that the first call does not wait for it
    setup = tool_rules(LIMIT, None)
    return _sample(tmp_path_factory.mktemp("logs"), "python sha256 divide", calls, setup=setup)


def _record(sample: EvalSample) -> list[dict[str, Any]]:
    return list(sample.store[CALLS])


def test_each_call_is_recorded_as_it_was_made(sample: EvalSample, right: str) -> None:
    assert [(one["tool"], one["outcome"]) for one in _record(sample)] == [
        ("python", "ok"),
        ("python", "error"),
        ("python", "unsupported"),
        ("python", "timeout"),
        ("python", "ok"),
        ("sha256", "ok"),
        ("divide", "ok"),
        ("divide", "error"),
        ("divide", "timeout"),
    ]
    first = _record(sample)[0]
    assert first["text"] == right
    assert first["output"].strip() == FAMILY.instance(3, 0).answer
    assert first["edit_distance"] == 0
    assert 0 < first["seconds"] < 2


def test_half_a_character_is_recorded_as_its_escape(tmp_path: Path) -> None:
    logging.disable()  # Inspect's own lines hold the character, which a report of this test cannot
    try:
        (call,) = _record(_sample(tmp_path, "python", [["python", "print('\ud800')"]]))
    finally:
        logging.disable(logging.NOTSET)
    assert (call["outcome"], ascii(call["text"])) == ("error", ascii(r"print('\ud800')"))


def test_how_far_a_call_is_from_one_that_works(sample: EvalSample, right: str) -> None:
    near, far, hashed = _record(sample)[1], _record(sample)[2], _record(sample)[5]
    assert near["edit_distance"] == pytest.approx(2 / len(right))
    assert far["edit_distance"] > 0.5
    assert hashed["edit_distance"] is None


def test_the_model_sees_what_a_call_put_out_or_why_it_did_not(sample: EvalSample) -> None:
    seen = _seen(sample)
    assert seen[0].strip() == FAMILY.instance(3, 0).answer
    assert seen[1].startswith("!error: NameError")
    assert seen[2].startswith("!this sandbox lacks something that the call uses: ")
    assert seen[3].startswith("!so far\n")
    assert seen[3].splitlines()[1].startswith("stopped at its time limit")
    assert seen[4] == "x" * 5000 + "\n"
    assert len(_record(sample)[4]["output"]) == 2000


def test_the_time_limit_of_calls_is_that_of_the_harness(sample: EvalSample) -> None:
    assert LIMIT <= _record(sample)[3]["seconds"] < 10 * LIMIT


def test_a_call_that_no_tool_takes_is_no_call(sample: EvalSample) -> None:
    assert "'text' is a required property" in _seen(sample)[6]
    assert len(_record(sample)) == len(_seen(sample)) - 1


def test_tools_of_others_are_recorded_with_their_arguments(sample: EvalSample) -> None:
    made, failed, late = _record(sample)[6:9]
    assert json.loads(made["text"]) == {"a": 6, "b": 2}
    assert (made["output"], made["edit_distance"]) == ("3", None)
    assert failed["detail"] == "nothing is divided by 0"
    assert late["outcome"] == "timeout"
    assert _seen(sample)[7:9] == ["3", "!nothing is divided by 0"]


def test_a_tool_of_others_looks_as_before() -> None:
    before, after = ToolDef(divide()), ToolDef(instrument(divide()))
    assert (after.name, after.description, after.parallel) == (
        before.name,
        before.description,
        before.parallel,
    )
    assert after.parameters == before.parameters


def test_a_call_that_a_limit_ends_is_recorded(tmp_path: Path) -> None:
    found = _sample(tmp_path, "python", [["python", "while True: pass"]], time_limit=1)
    assert found.limit is not None
    (told,) = _record(found)
    assert (told["outcome"], told["detail"]) == ("timeout", "the attempt ended before")


def test_programs_run_in_the_sandbox_of_the_sample(tmp_path: Path) -> None:
    program = "import sys\ndef f():\n    yield sys.implementation.name\nprint(*f())"
    calls: list[list[Any]] = [["python", program], ["sha256", "abc"]]
    ran = _sample(tmp_path, "python sha256", calls, trusted=True, sandbox="local")
    assert ran.error is None
    assert [one["outcome"] for one in _record(ran)] == ["ok", "ok"]
    assert _seen(ran)[0] == "cpython\n"


def test_a_sandbox_that_keeps_nothing_in_is_refused(tmp_path: Path) -> None:
    refused = _sample(tmp_path, "python", [["python", "print(1)"]], sandbox="local")
    assert refused.error is not None
    assert "keeps nothing in" in refused.error.message
    assert CALLS not in refused.store


@pytest.mark.parametrize("name", TOOLS)
def test_each_tool_says_what_it_is_and_what_it_asks(name: str) -> None:
    about = ToolDef(instrumented(name))
    assert about.name == name
    assert TOOLS[name].summary[1:] in about.description
    assert TOOLS[name].requires in about.description
    assert list(about.parameters.properties) == about.parameters.required == ["text"]


@pytest.mark.parametrize("name", sorted(set(TOOLS) - {"bash"}))
def test_each_tool_carries_out_its_references(name: str) -> None:
    for call in TOOLS[name].references[:3]:
        assert asyncio.run(instrumented(name)(text=call)) == TOOLS[name].use(call).stdout


def test_there_is_no_such_tool() -> None:
    with pytest.raises(UnknownName, match="Did you mean 'python'"):
        instrumented("pythn")


def test_programs_have_a_sandbox_of_ours() -> None:
    assert all(language in SANDBOXES[name].languages for language, name in PROGRAMS.items())


def test_what_python_is_said_to_lack_and_to_have_is_so() -> None:
    def ends(program: str) -> str:
        return SANDBOXES["monty"].run(program, "", *_as_usual()).kind

    for lacking in ("class A: pass\nclass B(A): pass", "def f(): yield 1", "a = [1]\ndel a[0]", "open('x')"):
        assert ends(lacking) == "unsupported"
    named = LACKING.partition("parts of ")[2].rstrip(".").replace(" and ", ", ").split(", ")
    assert len(named) > 10
    assert {ends(f"import {module}") for module in named} == {"ok"}


def _as_usual() -> tuple[Any, str]:
    from tasklaws.spec.sandbox import DEFAULT_LIMITS

    return DEFAULT_LIMITS, "python"


def test_without_rules_every_tool_is_allowed() -> None:
    assert allowed(["python", "sha256"]) == ["python", "sha256"]
    assert tool_rules(None, None) is None


def test_only_tools_of_the_harness_are_allowed(tmp_path: Path) -> None:
    @solver
    def asks() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            state.store.set("left", allowed(["sha256", "python", "bash"]))
            return state

        return solve

    made = Task([sample_of(FAMILY.instance(3, 0))], setup=tool_rules(None, ["python"]), solver=asks())
    (log,) = eval(made, model="mockllm/model", display="none", log_dir=str(tmp_path), log_realtime=False)
    assert log.samples is not None
    assert log.samples[0].store["left"] == ["python"]
