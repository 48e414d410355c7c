"""What monty's errors mean: is the program wrong, or does monty lack what it uses?

Monty says so in words only, so this module reads them. They come from the interpreter, not from
what the program prints; an error that the program raises itself is always the program's own.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import inspect
import io
import json
import re
import sys
import types
from functools import cache
from typing import TYPE_CHECKING

from tasklaws.sandboxes._monty_code import defines_class, makes_iterators

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_monty import MontyRuntimeError

MODULES = frozenset(
    {
        *("asyncio", "base64", "binascii", "bisect", "collections", "copy", "csv", "dataclasses", "datetime"),
        *("decimal", "functools", "hashlib", "itertools", "json", "math", "os", "pathlib", "posixpath"),
        *("random", "re", "sys", "time", "tomllib", "typing", "unicodedata"),
    }
)
"""Modules of which monty has a part. Only these are ever imported here to look for a name."""
BUILT_IN = frozenset(
    {
        *dir(builtins),
        *("copyright", "credits", "exit", "help", "license", "quit"),
        *("__annotations__", "__builtins__", "__cached__", "__doc__", "__spec__"),
    }
)
"""Names that every program has in CPython."""
ADMITTED = re.compile(
    r"not yet support|not implemented with standard execution|^Internal error in monty"
    r"|^Wildcard imports .* are not supported|is not supported in this environment"
    r"|^cannot create '\w+' instances|^'function' object has no attribute .* for setting new attributes"
    r"|^pow\(\) 2nd argument cannot be negative|^cannot convert '(?:list|tuple|range|set)' object to bytes"
)
"""Words for what monty lacks and CPython has."""


def lacks(error: MontyRuntimeError, code: str) -> bool:
    """Return whether monty stopped because it lacks what the program uses.

    Args:
        error: what stopped the program, not raised by itself.
        code: the program.
    """
    inner = error.exception()
    if isinstance(inner, PermissionError):  # there are no files at all
        return True
    message = str(inner)
    return bool(ADMITTED.search(message)) or any(
        there(match, code) for words, there in NOT_THERE if (match := words.search(message))
    )


def raised_by_program(error: MontyRuntimeError) -> bool:
    """Return whether the error comes from a `raise` in the program: its frame starts behind that word."""
    frames = error.traceback()
    if not frames or not frames[-1].source_line:
        return False
    before = frames[-1].source_line[: frames[-1].column - 1]
    return before.rstrip(" \t(").endswith("raise")


def _module(match: re.Match[str], _: str) -> bool:
    name = match[1]
    top = name.partition(".")[0]
    if top not in MODULES:
        return top in sys.stdlib_module_names
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return False


def _name(match: re.Match[str], _: str) -> bool:
    return match[1] in BUILT_IN


def _of_module(match: re.Match[str], _: str) -> bool:
    return match["module"] in MODULES and hasattr(importlib.import_module(match["module"]), match["name"])


def _of_type(match: re.Match[str], code: str) -> bool:
    return hasattr(type, match[2]) or _of_object(match, code)


def _of_object(match: re.Match[str], code: str) -> bool:
    owner, name = match[1].rpartition(".")[2], match[2]
    kind = object if defines_class(owner, code) else _types().get(owner, object)
    return any(name in vars(base) for base in kind.__mro__)


def _by_index(match: re.Match[str], code: str) -> bool:
    return defines_class(match[1], code) and "__getitem__" in code


def _iterator(_: re.Match[str], code: str) -> bool:
    return makes_iterators(code)


def _of_encoder(match: re.Match[str], _: str) -> bool:
    return match[1] in inspect.signature(json.JSONEncoder).parameters


NOT_THERE: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], bool]], ...] = (
    (re.compile(r"^No module named '([\w.]+)'"), _module),
    (re.compile(r"^name '(\w+)' is not defined$"), _name),
    (re.compile(r"^module '(?P<module>\w+)' has no attribute '(?P<name>\w+)'"), _of_module),
    (re.compile(r"^cannot import name '(?P<name>\w+)' from '(?P<module>\w+)'"), _of_module),
    (re.compile(r"^type object '([\w.]+)' has no attribute '(\w+)'"), _of_type),
    (re.compile(r"^'([\w.]+)' object has no attribute '(\w+)'"), _of_object),
    (re.compile(r"^'(\w+)' object is not iterable$"), _by_index),
    (re.compile(r"^'list' object is not an iterator$"), _iterator),
    (re.compile(r"^JSONEncoder.__init__\(\) got an unexpected keyword argument '(\w+)'"), _of_encoder),
)
"""Words for a thing that is not there -> whether a program has it in CPython."""


@cache
def _types() -> dict[str, type]:
    """Return name -> type for all types that a program in monty can meet."""
    modules = [io, types, *(importlib.import_module(name) for name in sorted(MODULES)), builtins]
    return {kind.__name__: kind for m in modules for kind in vars(m).values() if isinstance(kind, type)}
