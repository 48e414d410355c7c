"""Every marked block of every page does what the page says."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.blocks import Block, agrees, commands, marked_blocks

from tasklaws.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))) if marked_blocks(page)]

# The pages say `tasklaws`; here it is the program of this interpreter, installed or not.
PRELUDE = f'tasklaws() {{ "{sys.executable}" -m tasklaws "$@"; }}\n'
SHELL = re.compile(r"[|;&<>$`]")
"""What only a shell understands."""


def run(arguments: list[str], folder: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
    done = subprocess.run(
        arguments,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def typed(command: str, folder: Path) -> str:
    """Return what a command says: of tasklaws within this process, which has loaded what it needs."""
    words = shlex.split(command)
    if words[:1] != ["tasklaws"] or SHELL.search(command):
        return run(["bash", "-c", PRELUDE + command], folder)
    said = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        main(words[1:])
    return said.getvalue()


def try_block(block: Block, folder: Path) -> list[str]:
    """Return what does not agree, one text a command."""
    if block.language == "python":
        code = "import warnings\nwarnings.simplefilter('error')\n" + block.text + "\nprint('reached the end')"
        found = run([sys.executable, "-c", code], folder)
        return [] if found.endswith("reached the end\n") else [found]
    ran = [(command, expected, typed(command, folder)) for command, expected in commands(block)]
    return [f"$ {command}\n{found}" for command, expected, found in ran if not agrees(expected, found)]


def test_the_readme_has_blocks_that_run() -> None:
    assert {block.language for block in marked_blocks(ROOT / "README.md")} == {"console", "python"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_marked_blocks_do_what_the_page_says(page: Path, tmp_path: Path) -> None:
    wrong = [
        f"line {block.line}: {text}" for block in marked_blocks(page) for text in try_block(block, tmp_path)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "raise SystemExit(0)\n"),
        ("console", "$ echo found\nexpected\n"),
        ("console", "$ echo found\n"),
    ],
)
def test_the_harness_sees_what_is_wrong(language: str, text: str, tmp_path: Path) -> None:
    assert try_block(Block(language, text, 1), tmp_path)


def test_the_harness_sees_what_is_right(tmp_path: Path) -> None:
    assert not try_block(Block("console", "$ tasklaws --version\ntasklaws ...\n", 1), tmp_path)


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert links
    assert not [f"{page.name}: {link}" for page, link in links if not (page.parent / link).exists()]
