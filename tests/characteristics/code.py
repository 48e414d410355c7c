"""Which code a figure belongs to: a check, what it imports of this package, and the worlds it was run on."""

from __future__ import annotations

import ast
import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"
DESIGNS = Path(__file__).parent


def code_hash(check: str) -> str:
    """Return the SHA-256 of the check, of all of the package that it imports, and of its designs."""
    files = imported(SOURCE / "tasklaws" / "assess" / "checks" / f"{check}.py")
    files |= {DESIGNS / "design.py", DESIGNS / "checks" / f"{check}.py", *(DESIGNS / "checks").glob("_*.py")}
    found = hashlib.sha256()
    for path in sorted(files):
        found.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def imported(path: Path) -> set[Path]:
    """Return `path` and every module of the package that it imports, directly or not, when it runs."""
    found: set[Path] = set()
    waiting = [path]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        waiting += _imports(one)
    return found


def _imports(path: Path) -> list[Path]:
    body = ast.parse(path.read_text(encoding="utf-8"))
    names = [
        name
        for node in ast.walk(body)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tasklaws")
        for name in (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
    ]
    places = [SOURCE / f"{str(name).replace('.', '/')}.py" for name in names]
    return [place for place in places if place.exists()]


def without_words(tree: ast.Module) -> ast.Module:
    """Return the code less its docstrings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [one for one in node.body if not _is_text(one)]
    return tree


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
