"""Telling by which path an attempt reached its answer.

Programs are parsed, never searched as text: a loop is a loop however it is laid out. A program that does
not parse, or only prints what it was given, shows no path.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasklaws.spec.transcript import Attempt, ToolCall

GUESSED = "guessed"
"""The label of an attempt that shows no path."""

TURNS = frozenset({"range", "map", "filter", "reduce", "accumulate", "starmap", "repeat", "count", "arange"})
"""Functions that go through many values without a word such as ``for``."""

SHOWS = frozenset({"print", "str", "int", "repr"})
"""Functions that only show what they are given."""

_LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.comprehension)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Program:
    """What a Python program does, as far as its text tells."""

    loops: bool
    """Whether it goes through many values: by a loop, a comprehension, a function of `TURNS` or recursion."""
    called: tuple[str, ...]
    """Names of the functions it calls, as they were before any renaming import; of ``a.b(c)`` it is ``b``."""
    operators: tuple[str, ...]
    """Names of the operators between its values, as in `ast`: ``Add``, ``Mult``, ..."""

    @property
    def computes(self) -> bool:
        """Return whether it calculates or calls anything beyond showing what it was given."""
        return bool(self.operators) or not set(self.called) <= SHOWS


def program(code: str, prelude: str = "") -> Program | None:
    """Return what `code` does, statements of `prelude` left out; None where it does not parse."""
    try:
        statements = _without_prelude(ast.parse(code).body, prelude)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    nodes = [node for statement in statements for node in ast.walk(statement)]
    aliases = _aliases(nodes)
    calls = [_name(node) for node in nodes if isinstance(node, ast.Call)]
    called = tuple(aliases.get(name, name) for name in calls)
    loops = (
        any(isinstance(node, _LOOPS) for node in nodes)
        or not TURNS.isdisjoint(called)
        or any(_recurs(node) for node in nodes)
    )
    operators = tuple(type(node.op).__name__ for node in nodes if isinstance(node, ast.BinOp | ast.AugAssign))
    return Program(loops, called, operators)


def _without_prelude(statements: list[ast.stmt], prelude: str) -> list[ast.stmt]:
    given = _dumped(prelude)
    return [statement for statement in statements if ast.dump(statement) not in given]


@lru_cache(maxsize=16)
def _dumped(prelude: str) -> frozenset[str]:
    """Return the statements of a prelude as texts to compare with; it is the same for many answers."""
    return frozenset(ast.dump(statement) for statement in ast.parse(prelude).body)


def _aliases(nodes: list[ast.AST]) -> dict[str, str]:
    """Return the names under which functions and modules were imported -> their own names."""
    imported = [a for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for a in node.names]
    return {alias.asname: alias.name for alias in imported if alias.asname}


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _recurs(node: ast.AST) -> bool:
    if not isinstance(node, _FUNCTIONS):
        return False
    return any(isinstance(inner, ast.Call) and _name(inner) == node.name for inner in ast.walk(node))


def deciding_call(attempt: Attempt, tool: str = "python") -> ToolCall | None:
    """Return the last call of `tool` that put out the answer; where none did, the last call."""
    calls = [call for call in attempt.calls if call.tool == tool]
    with_answer = [call for call in calls if attempt.answer and attempt.answer in call.output]
    found = with_answer or calls
    return found[-1] if found else None


def deciding_program(attempt: Attempt, prelude: str = "") -> Program | None:
    """Return the program of the deciding call of ``python``; None where there is none that parses."""
    call = deciding_call(attempt)
    return program(call.text, prelude) if call else None


def equations(text: str) -> int:
    """Return how many equations, such as ``3 + 4 = 7``, are written in `text`."""
    sides = text.split("=")
    return sum(_ends_in_digit(left) and _begins_with_digit(right) for left, right in pairwise(sides))


def _ends_in_digit(text: str) -> bool:
    return text.rstrip()[-1:].isdigit()


def _begins_with_digit(text: str) -> bool:
    return text.lstrip()[:1].isdigit()


def path_taken(
    attempt: Attempt,
    *,
    loop: str = GUESSED,
    call: str = GUESSED,
    by_hand: str = GUESSED,
    written: bool = False,
    prelude: str = "",
) -> str:
    """Return the name of the path: `loop` or `call` by the deciding program, `by_hand` where none ran.

    Args:
        attempt: What the model left behind.
        loop: Name for a program that goes through many values.
        call: Name for a program that calculates without that.
        by_hand: Name for an answer without any call, its steps written out.
        written: Whether the text holds such steps; the family knows what they look like.
        prelude: Text that stands before every program and is not the model's.

    Returns:
        One of the names, or ``guessed``.
    """
    if not attempt.calls:
        return by_hand if written and attempt.answer else GUESSED
    done = deciding_program(attempt, prelude)
    if done is None or not done.computes:
        return GUESSED
    return loop if done.loops else call
