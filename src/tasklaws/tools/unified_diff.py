"""unified_diff: a patch is applied to a file, and the new file is the result. Done by `git apply`."""

from __future__ import annotations

import difflib
import shutil
import subprocess
import tempfile
from pathlib import Path

from tasklaws.spec.sandbox import Outcome
from tasklaws.spec.tool import Strictness, Tool
from tasklaws.tools._outcomes import lacking, refused
from tasklaws.tools._tokens import tokens

NAME = "stack.py"
FILE = '''"""A stack of numbers."""


class Stack:
    """Numbers, the last one first out."""

    def __init__(self):
        self.items = []

    def push(self, item):
        self.items.append(item)

    def pop(self):
        return self.items.pop()

    def peek(self):
        return self.items[-1]

    def size(self):
        return len(self.items)
'''
SECONDS = 10.0


def _patch(*changes: tuple[str, str]) -> str:
    """Return the patch that replaces parts of the file."""
    new = FILE
    for before, after in changes:
        new = new.replace(before, after)
    old_lines, new_lines = FILE.splitlines(keepends=True), new.splitlines(keepends=True)
    return "".join(difflib.unified_diff(old_lines, new_lines, f"a/{NAME}", f"b/{NAME}"))


REFERENCES = (
    _patch(("stack of numbers", "stack of values")),
    _patch(("def push", "def add")),
    _patch(("    def peek(self):\n        return self.items[-1]\n\n", "")),
    _patch(
        (
            "return len(self.items)\n",
            "return len(self.items)\n\n    def clear(self):\n        self.items = []\n",
        )
    ),
    _patch(("self):\n        self.items = []", "self, items=()):\n        self.items = list(items)")),
    _patch(
        (
            "        return self.items.pop()",
            "        if not self.items:\n            raise IndexError\n        return self.items.pop()",
        ),
        ("last one first out", "last in, first out"),
    ),
)


def use(call: str) -> Outcome:
    """Apply a patch to the file; it can touch nothing else."""
    git = shutil.which("git")
    if git is None:
        return lacking("git is not on this machine; install it, for instance `apt install git`")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, NAME)
        place.write_text(FILE, encoding="utf-8")
        try:
            done = _apply(git, call.encode(), folder)
        except (UnicodeEncodeError, subprocess.TimeoutExpired) as error:
            return refused(error)
        if done.returncode:
            return refused(done.stderr.decode(errors="replace"))
        return Outcome("ok", _text(place))


def _apply(git: str, patch: bytes, folder: str) -> subprocess.CompletedProcess[bytes]:
    alone = {"HOME": folder, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": folder, "LC_ALL": "C"}
    command = [git, "-c", "core.symlinks=false", "apply", f"--include={NAME}", "-"]
    return subprocess.run(
        command, input=patch, cwd=folder, env=alone, capture_output=True, timeout=SECONDS, check=False
    )


def _text(place: Path) -> str:
    """Return what stands in the file now: nothing where the patch removed it, never what a link shows."""
    return (
        ""
        if place.is_symlink() or not place.is_file()
        else place.read_text(encoding="utf-8", errors="replace")
    )


TOOL = Tool(
    "unified_diff",
    "apply a patch in the unified format to a file",
    "Git documentation, git-apply",
    "published",
    REFERENCES,
    tokens,
    use,
    Strictness(0.903, 0.883, 0.921, 1000, "2026-11-22, git 2.39.5"),
    requires="A patch whose old lines are those of the file and whose counts of lines are right.",
)
