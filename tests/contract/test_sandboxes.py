"""Every sandbox is held to the contract of a sandbox; monty and Inspect's to what they are said to do."""

from __future__ import annotations

import hashlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.sandboxes import SANDBOXES, _bwrap_command, _shared, bwrap, monty
from tasklaws.sandboxes._monty_code import HONOURED
from tasklaws.sandboxes._monty_pool import POOL
from tasklaws.sandboxes.inspect import adapted
from tasklaws.spec.sandbox import Outcome, RunLimits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAMES = sorted(SANDBOXES)
BOXES = ("bwrap", "monty")
PATIENT = RunLimits(seconds=20.0)


def run(
    name: str, code: str, stdin: str = "", limits: RunLimits = PATIENT, language: str = "python"
) -> Outcome:
    reason = SANDBOXES[name].missing()
    if reason is not None:
        pytest.skip(f"{name}: {reason}")
    return SANDBOXES[name].run(code, stdin, limits, language)


def in_cpython(code: str) -> subprocess.CompletedProcess[str]:
    """Run one of the programs written here without a sandbox."""
    return subprocess.run(
        [sys.executable, "-I", "-c", code], input="", capture_output=True, text=True, timeout=20, check=False
    )


def test_catalogue_holds_the_sandboxes_of_the_design() -> None:
    assert set(NAMES) >= {"bwrap", "inspect", "monty"}


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_named_as_its_file_and_says_what_it_is(name: str) -> None:
    sandbox = SANDBOXES[name]
    assert sandbox.name == name
    assert sandbox.run.__module__ == sandbox.missing.__module__ == f"tasklaws.sandboxes.{name}"
    assert sandbox.summary
    assert sandbox.source
    assert sandbox.isolation
    assert sandbox.status in {"published", "emerging"}
    assert "python" in sandbox.languages
    assert pickle.loads(pickle.dumps(sandbox)) == sandbox  # noqa: S301  our own bytes


@pytest.mark.parametrize("name", NAMES)
def test_what_is_missing_is_one_sentence_without_a_full_stop(name: str) -> None:
    reason = SANDBOXES[name].missing()
    assert reason is None or (reason == reason.strip() and not reason.endswith("."))


@pytest.mark.parametrize("name", NAMES)
def test_sandbox_that_cannot_be_used_refuses_to_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[f"tasklaws.sandboxes.{name}"], "missing", lambda: "it went away")
    with pytest.raises(BadInput, match=f"the sandbox {name} cannot be used: it went away") as caught:
        SANDBOXES[name].run("print(1)", "", PATIENT, "python")
    assert caught.value.need
    assert caught.value.way_out


@pytest.mark.parametrize("name", BOXES)
def test_unknown_language_is_refused(name: str) -> None:
    with pytest.raises(UnknownName, match=r"pyhton.*Did you mean 'python'"):
        run(name, "print(1)", language="pyhton")


@pytest.mark.parametrize("name", BOXES)
def test_program_gives_its_output_and_nothing_else(name: str) -> None:
    outcome = run(name, "import sys\nprint('é\u4e2d')\nprint('aside', file=sys.stderr)")
    assert (outcome.kind, outcome.stdout, outcome.detail) == ("ok", "é\u4e2d\n", "")
    assert outcome.ok
    assert 0 < outcome.seconds < 20


@pytest.mark.parametrize("name", BOXES)
def test_program_reads_its_input_line_by_line(name: str) -> None:
    outcome = run(name, "print(input('? '))\nprint(input())", "one\ntwo\x0b2\n")
    assert (outcome.kind, outcome.stdout) == ("ok", "? one\ntwo\x0b2\n")
    assert run(name, "input()").kind == "error"


@pytest.mark.parametrize("name", BOXES)
def test_error_keeps_what_was_printed_and_says_what_it_was(name: str) -> None:
    outcome = run(name, "print('before')\n1 / 0")
    assert (outcome.kind, outcome.stdout, outcome.ok) == ("error", "before\n", False)
    assert "ZeroDivisionError: division by zero" in outcome.detail


@pytest.mark.parametrize("name", BOXES)
def test_limits_are_those_asked(name: str) -> None:
    slow = "x = 0\nwhile x < 10**8: x += 1"
    assert run(name, slow, limits=RunLimits(seconds=0.2)).kind == "timeout"
    big = "x = ['a' * 1000 + str(n) for n in range(60_000)]"
    assert run(name, big, limits=RunLimits(20.0, memory_bytes=40 * 2**20)).kind == "memory"
    assert run(name, big, limits=RunLimits(20.0, memory_bytes=400 * 2**20)).kind == "ok"
    long = "print('a' * 5000)"
    outcome = run(name, long, limits=RunLimits(20.0, output_bytes=4000))
    assert (outcome.kind, outcome.stdout) == ("output_cap", "a" * 4000)
    assert run(name, long, limits=RunLimits(20.0, output_bytes=6000)).ok


@pytest.mark.parametrize("name", BOXES)
def test_runs_side_by_side_keep_apart(name: str) -> None:
    found: dict[int, str] = {}

    def one(number: int) -> None:
        found[number] = run(name, f"x = {number}\nprint(sum(range(10_000)) + x)").stdout

    threads = [threading.Thread(target=one, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: f"{49_995_000 + number}\n" for number in range(8)}


@pytest.mark.parametrize("name", BOXES)
def test_nothing_stays_from_one_run_to_the_next(name: str) -> None:
    run(name, "x = 1\nimport builtins" if name == "bwrap" else "x = 1")
    assert run(name, "print(x)").kind == "error"


def test_bwrap_runs_bash_and_sqlite() -> None:
    outcome = run("bwrap", "cat; echo $((6 * 7)); cat <(echo inner)", "from stdin\n", language="bash")
    assert (outcome.kind, outcome.stdout) == ("ok", "from stdin\n42\ninner\n")
    assert run("bwrap", "exit 3", language="bash").kind == "error"
    outcome = run(
        "bwrap", "import sqlite3\nprint(sqlite3.connect(':memory:').execute('select 6 * 7').fetchone())"
    )
    assert outcome.stdout == "(42,)\n"


@pytest.mark.parametrize(
    ("status", "stderr", "kind"),
    [
        (0, "MemoryError", "ok"),
        (1, "Traceback\nMemoryError\n", "memory"),
        (1, "MemoryError\nValueError: 1", "error"),
        (3, "", "error"),
        (-signal.SIGSEGV, "", "crashed"),
        (128 + signal.SIGSEGV, "MemoryError", "crashed"),
        (128 + signal.SIGKILL, "", "memory"),
        (-signal.SIGXCPU, "", "timeout"),
        (255, "", "error"),
    ],
)
def test_exit_status_means_what_it_says(status: int, stderr: str, kind: str) -> None:
    assert _shared.kind_of(status, stderr) == kind


def test_bwrap_that_cannot_set_up_its_walls_is_crashed_not_error(monkeypatch: pytest.MonkeyPatch) -> None:
    run("bwrap", "")
    monkeypatch.setattr(_bwrap_command, "_system", lambda: ("--ro-bind", "/no/such/folder", "/lib"))
    outcome = run("bwrap", "print(1)")
    assert outcome.kind == "crashed"
    assert "/no/such/folder" in outcome.detail


def test_bwrap_that_cannot_be_started_is_crashed(monkeypatch: pytest.MonkeyPatch) -> None:
    run("bwrap", "")
    monkeypatch.setattr(bwrap, "run_process", raising(BlockingIOError("no more processes")))
    outcome = run("bwrap", "print(1)")
    assert (outcome.kind, outcome.detail) == ("crashed", "no more processes")


REFUSED = {
    "inheritance": "class A: pass\nclass B(A): pass\nprint(B())",
    "own error": "class Odd(Exception): pass\ntry: raise Odd\nexcept Odd: print(1)",
    "generator": "def f():\n  yield 1\nprint(list(f()))",
    "del": "x = [1, 2]\ndel x[0]\nprint(x)",
    "property": "class A:\n  @property\n  def x(self): return 1\nprint(A().x)",
    "class method": "class A:\n  @classmethod\n  def f(cls): return 1\nprint(A.f())",
    "async with": "async def f():\n  async with g() as h: pass\nprint(1)",
    "import *": "from math import *\nprint(sqrt(4))",
    "heapq": "import heapq\nprint(heapq.nlargest(1, [1, 2]))",
    "string": "from string import ascii_letters\nprint(ascii_letters)",
    "statistics": "import statistics as s\nprint(s.mean([1, 2]))",
    "module within a package": "import collections.abc\nprint(1)",
    "name in a module": "from collections import OrderedDict\nprint(OrderedDict())",
    "import in a function": "def f():\n  import enum\n  return 1\nprint(f())",
    "import again raised": "try:\n  import heapq\nexcept ImportError:\n  raise",
    "os.environ": "import os\nprint(len(os.environ) >= 0)",
    "sys.exit": "import sys\nsys.exit(0)",
    "sys.stdin": "import sys\nprint(sys.stdin.read())",
    "sys.stdout.write": "import sys\nsys.stdout.write('x')",
    "exit": "exit(0)",
    "input's error": "try: input()\nexcept EOFError: print(1)",
    "bytearray": "print(bytearray(b'a'))",
    "globals": "print(len(globals()) > 0)",
    "to_bytes": "print((255).to_bytes(2, 'big'))",
    "from_bytes": "print(int.from_bytes(b'ab', 'big'))",
    "str.translate": "print('abc'.translate({97: 'x'}))",
    "subclasses": "print(len(().__class__.__base__.__subclasses__()) > 1)",
    "function attributes": "def f(): pass\nf.x = 1\nprint(f.x)",
    "annotations": "def f(a: int): pass\nprint(f.__annotations__)",
    "error with two values": "print(ValueError(1, 2).args)",
    "lazy generator": "x = (n for n in range(3))\nprint(next(x))",
    "lazy map": "x = map(int, '12')\nprint(next(x))",
    "inverse": "print(pow(3, -1, 7))",
    "bytes of numbers": "print(bytes([65, 66]))",
    "json default": "import json\nprint(json.dumps({1, 2}, default=list))",
    "length": "class A:\n  def __len__(self): return 3\nprint(len(A()))",
    "truth": "class A:\n  def __bool__(self): return False\nprint(1 if A() else 2)",
    "order": "class A:\n  def __lt__(self, other): return True\nprint(A() < A())",
    "any attribute": "class A:\n  def __getattr__(self, name): return 1\nprint(A().x)",
    "iterable by index": "class A:\n  def __getitem__(self, n): return [1, 2][n]\nprint(list(A()))",
    "temporary file": "import os\nopen(os.devnull, 'w').write('x')",
}  # fmt: skip
"""What CPython runs and monty refuses."""


@pytest.mark.parametrize("what", REFUSED)
def test_monty_says_unsupported_of_what_it_lacks(what: str) -> None:
    outcome = run("monty", REFUSED[what])
    assert outcome.kind == "unsupported", outcome
    assert outcome.detail


def test_cpython_runs_all_that_monty_refuses() -> None:
    failed = {what: done.stderr for what, code in REFUSED.items() if (done := in_cpython(code)).returncode}
    assert failed == {}


WRONG = {
    "unknown name": "print(undefined)",
    "division": "1 / 0",
    "syntax": "x = = 1",
    "open bracket": "print((1)",
    "break outside": "break",
    "no such module": "import no_such_module",
    "no such name in a module": "from math import no_such_name",
    "no such attribute of a module": "import math\nmath.no_such_name",
    "no such method": "'abc'.no_such_method()",
    "no such attribute of ours": "class A: pass\nA().x",
    "ours looks like theirs": "class Counter: pass\nCounter().most_common()",
    "types": "'a' + 1",
    "arguments": "def f(a): pass\nf()",
    "index": "[1][3]",
    "key": "{}['a']",
    "value": "int('a')",
    "assertion": "assert 1 == 2",
    "endless recursion": "def f(): return f()\nf()",
    "next of a list": "next([1])",
    "exit with a message": "raise SystemExit('no')",
    "raises monty's words": "raise NotImplementedError('The monty syntax parser does not yet support x')",
    "raises a missing module": "raise ModuleNotFoundError(\"No module named 'heapq'\")",
    "raises a limit": "raise TimeoutError('feed time limit exceeded')",
    "wrong within eval": "eval('1 +')",
    "unknown keyword for json": "import json\njson.dumps(1, no_such_keyword=1)",
}  # fmt: skip
"""What is wrong in CPython, too."""


@pytest.mark.parametrize("what", WRONG)
def test_monty_says_error_of_what_is_wrong(what: str) -> None:
    outcome = run("monty", WRONG[what])
    assert outcome.kind == "error", outcome
    assert outcome.detail


def test_cpython_refuses_all_that_is_wrong() -> None:
    assert [what for what, code in WRONG.items() if in_cpython(code).returncode == 0] == []


CALLS = {
    "init": "A()", "repr": "[repr(A()), [A()], f'{A()!r}']", "str": "[str(A()), f'{A()}', '%s' % A()]",
    "eq": "[A() == 1, A() != 1, 1 in [A()]]", "hash": "hash(A())", "call": "A()()",
    "iter": "[list(A()), sum(A()), *A()]", "next": "next(A())", "contains": "[1 in A(), 1 not in A()]",
    "getitem": "A()[1]", "neg": "-A()", "pos": "+A()", "invert": "~A()", "abs": "abs(A())",
    "int": "int(A())", "round": "[round(A()), round(A(), 2)]",
    "floor": "math.floor(A())", "ceil": "math.ceil(A())",
    "divmod": "divmod(A(), 1)", "rdivmod": "divmod(1, A())",
}  # fmt: skip
GIVES = {
    "init": "None",
    "repr": "'R'",
    "str": "'S'",
    "iter": "iter([1, 2])",
    "contains": "True",
    "eq": "True",
}
OPERATORS = {
    "add": "+", "sub": "-", "mul": "*", "matmul": "@", "truediv": "/", "floordiv": "//", "mod": "%",
    "pow": "**", "and": "&", "or": "|", "xor": "^", "lshift": "<<", "rshift": ">>",
}  # fmt: skip
WHOLE = {
    "__post_init__": "import dataclasses\n@dataclasses.dataclass\nclass A:\n  x: int\n"
    "  def __post_init__(self): self.y = 3\nprint(A(1).y)",
    "__enter__": "class A:\n  def __enter__(self): return 5\n  def __exit__(self, *a): return None\n"
    "with A() as x: print(x)",
    "__exit__": "class A:\n  def __enter__(self): return 5\n  def __exit__(self, *a): return True\n"
    "with A(): 1 / 0",
    "__setitem__": "class A:\n  def __setitem__(self, n, x): print(n, x)\nA()[1] = 2",
}


def calling(method: str) -> str:
    """Return a program whose output depends on `method` being called."""
    if method in WHOLE:
        return WHOLE[method]
    name = method.strip("_")
    plain = OPERATORS.get(name)
    turned = OPERATORS.get(name.removeprefix("r"))
    call = f"A() {plain} 1" if plain else f"1 {turned} A()" if turned else CALLS[name]
    shown = "1" if name == "init" else call
    told = "print('called')" if name == "init" else f"return {GIVES.get(name, '5')}"
    return f"import math\nclass A:\n  def {method}(self, *values): {told}\n{call}\nprint({shown})"


@pytest.mark.parametrize("method", sorted(HONOURED))
def test_monty_calls_the_special_methods_that_it_is_said_to_call(method: str) -> None:
    code = calling(method)
    done, outcome = in_cpython(code), run("monty", code)
    assert done.returncode == 0, done.stderr
    assert (outcome.kind, outcome.stdout) == ("ok", done.stdout)


LOOP = "x = b'a'\nfor _ in range(10_000): x = {step}\nprint(x.hex())"


def test_no_false_cliff_at_a_thousand_calls() -> None:
    text = b"a"
    for _ in range(10_000):
        text = hashlib.sha256(text).digest()
    inside = run("monty", "import hashlib\n" + LOOP.format(step="hashlib.sha256(x).digest()"))
    assert (inside.kind, inside.stdout) == ("ok", f"{text.hex()}\n")
    outside = monty.run_with({"digest": digest}, LOOP.format(step="digest(x)"), limits=PATIENT)
    assert (outside.kind, outside.stdout) == ("ok", f"{text.hex()}\n")


def digest(text: bytes) -> bytes:
    return hashlib.sha256(text).digest()


def test_calls_of_our_functions_have_the_limit_that_is_asked() -> None:
    limits = RunLimits(seconds=20.0, calls=500)
    outcome = monty.run_with({"digest": digest}, LOOP.format(step="digest(x)"), limits=limits)
    assert outcome.kind == "timeout"
    assert "500" in outcome.detail


def test_time_that_our_functions_take_counts() -> None:
    outcome = monty.run_with({"wait": time.sleep}, "while True: wait(0.05)", limits=RunLimits(seconds=0.3))
    assert outcome.kind == "timeout"
    assert outcome.seconds < 2


def test_our_function_that_fails_is_an_error_of_the_program() -> None:
    def refuse() -> None:
        raise ValueError("not that")

    outcome = monty.run_with({"refuse": refuse}, "refuse()")
    assert (outcome.kind, outcome.detail) == ("error", "ValueError: not that")
    assert monty.run_with({"refuse": refuse}, "try: refuse()\nexcept ValueError: print(1)").stdout == "1\n"


def test_monty_goes_on_after_a_worker_died() -> None:
    pids: list[int] = []

    def die() -> None:
        os.kill(pids[0], signal.SIGKILL)

    with POOL.get().checkout() as session:
        assert session.worker_pid is not None
        pids.append(session.worker_pid)
    outcome = monty.run_with({"die": die}, "die()\nwhile True: pass", limits=RunLimits(seconds=0.5))
    assert outcome.kind in {"crashed", "timeout"}  # timeout where another worker had taken the run
    assert run("monty", "print(1)").stdout == "1\n"


def test_forked_process_is_told_that_monty_did_not_come_along() -> None:
    code = (
        "import os, sys\nfrom tasklaws.sandboxes.monty import run\n"
        "assert run('print(1)').ok\npid = os.fork()\n"
        "if pid == 0:\n"
        "  try: run('print(1)')\n"
        "  except Exception as error: sys.exit(7 if 'forked' in str(error) else 8)\n"
        "  sys.exit(9)\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 7\nassert run('print(1)').ok\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)


def test_process_that_forks_before_the_first_program_runs_monty_on_both_sides() -> None:
    code = (
        "import os, sys\nfrom tasklaws.sandboxes.monty import run\n"
        "pid = os.fork()\nassert run('print(1)').ok\n"
        "if pid: assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)


class Fake:
    """An environment of Inspect's that does what it is told to."""

    def __init__(self, answer: Callable[[], Any]) -> None:
        self.answer = answer
        self.asked: dict[str, Any] = {}

    async def write_file(self, file: str, contents: bytes) -> None:
        self.asked |= {"file": file, "contents": contents}

    async def exec(self, cmd: list[str], **named: Any) -> Any:
        self.asked |= {"cmd": cmd, **named}
        return self.answer()


def result(status: int, stdout: str = "", stderr: str = "") -> Any:
    from inspect_ai.util import ExecResult

    return ExecResult(success=status == 0, returncode=status, stdout=stdout, stderr=stderr)


def raising(error: BaseException) -> Callable[..., Any]:
    def answer(*_: object, **__: object) -> Any:
        raise error

    return answer


@pytest.mark.parametrize(
    ("status", "stdout", "stderr", "kind"),
    [
        (0, "1\n", "", "ok"),
        (1, "", "ValueError: x", "error"),
        (1, "", "MemoryError\n", "memory"),
        (137, "", "", "memory"),
        (139, "", "", "crashed"),
        (0, "a" * 1001, "", "output_cap"),
        (0, "a" * 600, "b" * 600, "output_cap"),
    ],
)
def test_results_of_inspect_become_outcomes(status: int, stdout: str, stderr: str, kind: str) -> None:
    pytest.importorskip("inspect_ai")
    environment: Any = Fake(lambda: result(status, stdout, stderr))
    outcome = adapted(environment)("print(1)", "in", RunLimits(seconds=1.5, output_bytes=1000), "python")
    assert outcome.kind == kind
    assert outcome.stdout == stdout[:1000]
    assert environment.asked["contents"] == b"print(1)"
    assert environment.asked["cmd"][-2:] == ["-S", environment.asked["file"]]
    assert environment.asked["input"] == b"in"
    assert environment.asked["timeout"] == 2
    assert environment.asked["timeout_retry"] is False


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("TimeoutError", "timeout"),
        ("OutputLimitExceededError", "output_cap"),
        ("UnicodeDecodeError", "error"),
        ("PermissionError", "crashed"),
        ("SandboxUnavailableError", "crashed"),
    ],
)
def test_errors_of_inspect_become_outcomes(name: str, kind: str) -> None:
    util = pytest.importorskip("inspect_ai.util")
    errors: dict[str, Exception] = {
        "TimeoutError": TimeoutError(),
        "OutputLimitExceededError": util.OutputLimitExceededError("1 kB", "cut off"),
        "UnicodeDecodeError": UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no text"),
        "PermissionError": PermissionError("no"),
        "SandboxUnavailableError": util.SandboxUnavailableError("gone"),
    }
    environment: Any = Fake(raising(errors[name]))
    outcome = adapted(environment)("print(1)", "", PATIENT, "python")
    assert outcome.kind == kind
    assert outcome.stdout == ("cut off" if kind == "output_cap" else "")
    assert outcome.detail


def test_error_of_inspect_that_means_nothing_here_is_raised() -> None:
    pytest.importorskip("inspect_ai")
    environment: Any = Fake(raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        adapted(environment)("print(1)", "", PATIENT, "python")


def test_environment_of_inspect_without_python_is_said_to_be_without() -> None:
    pytest.importorskip("inspect_ai")
    environment: Any = Fake(lambda: result(127, "", "sh: python3: not found"))
    with pytest.raises(BadInput, match="has no python3"):
        adapted(environment)("print(1)", "", PATIENT, "python")


@pytest.fixture
def local() -> Iterator[Any]:
    """Yield Inspect's own environment without isolation: what runs here is written here."""
    environment = pytest.importorskip("inspect_ai.util._sandbox.local").LocalSandboxEnvironment()
    yield environment
    environment.directory.cleanup()


def test_program_runs_in_an_environment_of_inspect(local: Any) -> None:
    run_local = adapted(local)
    assert run_local("print(input() + '!')", "hé\n", PATIENT, "python").stdout == "hé!\n"
    assert run_local("cat; echo $((6 * 7))", "a\n", PATIENT, "bash").stdout == "a\n42\n"
    assert run_local("1 / 0", "", PATIENT, "python").kind == "error"
    assert run_local("while True: pass", "", RunLimits(seconds=1.0), "python").kind == "timeout"
    assert run_local("x = 'a' * 10**9", "", PATIENT, "python").kind == "memory"
    assert (
        run_local("print('a' * 10**6)", "", RunLimits(20.0, output_bytes=1000), "python").kind == "output_cap"
    )


def test_environment_of_inspect_runs_within_an_event_loop(local: Any) -> None:
    import asyncio

    async def inside() -> Outcome:
        return adapted(local)("print(1)", "", PATIENT, "python")

    assert asyncio.run(inside()).stdout == "1\n"


def test_sandbox_of_a_sample_is_used_unless_it_is_local(local: Any) -> None:
    pytest.importorskip("inspect_ai")
    from inspect_ai.util._sandbox import context
    from inspect_ai.util._sandbox.events import SandboxEnvironmentProxy

    sandbox = SANDBOXES["inspect"]
    assert "no sample" in (sandbox.missing() or "")
    token = context.sandbox_environments_context_var.set({"default": SandboxEnvironmentProxy(local)})
    named = context.sandbox_default_context_var.set("default")
    try:
        with pytest.raises(BadInput, match="keeps nothing in"):
            sandbox.run("print(1)", "", PATIENT, "python")
    finally:
        context.sandbox_default_context_var.reset(named)
        context.sandbox_environments_context_var.reset(token)


def test_inspect_is_not_loaded_to_say_whether_it_is_there() -> None:
    code = (
        "import sys\nfrom tasklaws.sandboxes import SANDBOXES\nassert SANDBOXES['inspect'].missing()\n"
        "assert not {'inspect_ai', 'pydantic', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
