"""What monty's errors mean: is the program wrong, or does monty lack what it uses?

Monty says so in words only, so this module reads them. They come from the interpreter, not from
what the program prints; an error that the program raises itself is always the program's own.
"""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import re
import sys
import threading
import types
import warnings
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_monty import MontyRuntimeError

MODULES = frozenset(
    {
        *("asyncio", "base64", "binascii", "bisect", "collections", "copy", "csv", "dataclasses", "datetime"),
        *("decimal", "functools", "hashlib", "itertools", "json", "math", "os", "pathlib", "posixpath"),
        *("random", "re", "sys", "time", "tomllib", "typing", "unicodedata"),
    }
)
"""Modules of which monty has a part. Only these are ever imported here to look for a name."""

OF_SITE = frozenset({"copyright", "credits", "exit", "help", "license", "quit"})
"""Built-in names that CPython adds as it starts."""
OF_MODULE = frozenset({"__annotations__", "__builtins__", "__cached__", "__doc__", "__spec__"})
"""Names that every module of CPython has."""

ADMITTED = re.compile(
    r"not yet support|not implemented with standard execution|^Internal error in monty"
    r"|^Wildcard imports .* are not supported|is not supported in this environment"
    r"|^cannot create '\w+' instances|^'function' object has no attribute .* for setting new attributes"
)
"""Words with which monty says that it lacks something."""

LONGEST_CHECKED = 20_000
"""Characters up to which CPython's own parser is asked about a refused program."""

_warnings = threading.Lock()


def lacks(error: MontyRuntimeError, code: str) -> bool:
    """Return whether monty stopped because it lacks what the program uses.

    Args:
        error: what stopped the program.
        code: the program.
    """
    if _raised_by_program(error):
        return False
    name, message = type(error.exception()).__name__, str(error.exception())
    if name == "PermissionError":  # there are no files at all
        return True
    return bool(ADMITTED.search(message)) or any(
        found(match, code) for words, found in MISSING if (match := words.search(message))
    )


def _raised_by_program(error: MontyRuntimeError) -> bool:
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
    return hasattr(builtins, match[1]) or match[1] in OF_SITE | OF_MODULE


def _of_module(match: re.Match[str], _: str) -> bool:
    module, name = match["module"], match["name"]
    return module in MODULES and hasattr(importlib.import_module(module), name)


def _of_type(match: re.Match[str], code: str) -> bool:
    owner, name = match[1].rpartition(".")[2], match[2]
    if hasattr(type, name):
        return True
    return not _defined(owner, code) and hasattr(_types().get(owner, object), name)


def _of_object(match: re.Match[str], code: str) -> bool:
    owner, name = match[1].rpartition(".")[2], match[2]
    if hasattr(object, name) or "__getattr" in code:
        return True
    return not _defined(owner, code) and hasattr(_types().get(owner, object), name)


def _defined(owner: str, code: str) -> bool:
    """Return whether the program has a class of its own by that name."""
    return re.search(rf"\bclass\s+{re.escape(owner)}\b", code) is not None


MISSING = (
    (re.compile(r"^No module named '([\w.]+)'"), _module),
    (re.compile(r"^name '(\w+)' is not defined$"), _name),
    (re.compile(r"^module '(?P<module>\w+)' has no attribute '(?P<name>\w+)'"), _of_module),
    (re.compile(r"^cannot import name '(?P<name>\w+)' from '(?P<module>\w+)'"), _of_module),
    (re.compile(r"^type object '([\w.]+)' has no attribute '(\w+)'"), _of_type),
    (re.compile(r"^'([\w.]+)' object has no attribute '(\w+)'"), _of_object),
)
"""Words for a thing that is not there -> whether CPython has it."""


@cache
def _types() -> dict[str, type]:
    """Return name -> type for all types that a program in monty can meet."""
    modules = [builtins, types, *(importlib.import_module(name) for name in sorted(MODULES))]
    found = {kind.__name__: kind for m in modules for kind in vars(m).values() if isinstance(kind, type)}
    return found | {kind.__name__: kind for kind in vars(builtins).values() if isinstance(kind, type)}


def parses(code: str) -> bool:
    """Return whether CPython takes `code` for a program; long ones are not looked at."""
    if len(code) > LONGEST_CHECKED:
        return False
    with _warnings, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(code, "main.py", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, OverflowError, MemoryError, RecursionError):
            return False
    return True
