"""What can be told from a program's text: does it use what monty passes over, and is it Python at all?"""

from __future__ import annotations

import ast
import re
import threading
import warnings

HONOURED = frozenset(
    f"__{name}__"
    for name in (
        *("init", "post_init", "repr", "str", "eq", "hash", "call", "enter", "exit"),
        *("iter", "next", "contains", "getitem", "setitem"),
        *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow"),
        *("and", "or", "xor", "lshift", "rshift"),
        *("radd", "rsub", "rmul", "rmatmul", "rtruediv", "rfloordiv", "rmod", "rdivmod", "rpow"),
        *("rand", "ror", "rxor", "rlshift", "rrshift"),
        *("neg", "pos", "invert", "abs", "int", "round", "floor", "ceil"),
    )
)
"""Special methods that monty calls as CPython does; the others it passes over without a word."""
LAZY = frozenset({"enumerate", "filter", "map", "reversed", "zip"})
"""Built-in functions whose results are iterators in CPython, and lists in monty."""
LONGEST = 20_000
"""Characters up to which CPython's parser is asked, in our own process, about a program."""

SPECIAL = re.compile(r"\bdef\s+(__\w+__)")

_warnings = threading.Lock()


def passed_over(code: str) -> str | None:
    """Return a special method in `code` that monty would never call; None where there is none."""
    return next((name for name in SPECIAL.findall(code) if name not in HONOURED), None)


def parses(code: str) -> bool:
    """Return whether CPython takes `code` for a program; long ones are not looked at."""
    if len(code) > LONGEST:
        return False
    with _warnings, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(code, "main.py", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
            return False
    return True


def makes_iterators(code: str) -> bool:
    """Return whether `code` makes iterators that are lists in monty."""
    return parses(code) and any(map(_makes_iterator, ast.walk(ast.parse(code))))


def _makes_iterator(node: ast.AST) -> bool:
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(node, ast.GeneratorExp) or (isinstance(called, ast.Name) and called.id in LAZY)


def defines_class(name: str, code: str) -> bool:
    """Return whether the program has a class of its own by that name."""
    return re.search(rf"\bclass\s+{re.escape(name)}\b", code) is not None
