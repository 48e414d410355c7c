"""Write the reference of the command line from the command line itself.

``python -m tasklaws.cli.reference docs/reference/cli.md`` writes the page; a test checks that the
page in the repository is the present one.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tasklaws.cli.main import tasklaws
from tasklaws.cli.verbs import VERBS

if TYPE_CHECKING:
    from collections.abc import Iterator

    import click

WIDTH = 100
HEAD = """# The command line

Written by `make reference` from the program; change the verbs, not this page.

Data goes to stdout, talk and progress to stderr. With `--json` stdout holds one document with
`schema_version` and `command`; a verb that fails prints one too, with `error: {reason, message}`.
"""


def page() -> str:
    """Return the reference as Markdown: the program's own help, then that of each verb."""
    return "\n".join(_sections()) + "\n"


def _sections() -> Iterator[str]:
    root = tasklaws.make_context("tasklaws", [], resilient_parsing=True, terminal_width=WIDTH)
    yield HEAD
    yield _fenced(tasklaws.get_help(root))
    for name in VERBS:
        command = tasklaws.get_command(root, name)
        if command is not None:
            yield _section(command, name, root, "##")
            for word, other in getattr(command, "words", {}).items():
                yield _section(other, f"{name} {word}", root, "###")


def _section(command: click.Command, name: str, root: click.Context, heading: str) -> str:
    context = command.make_context(name, [], parent=root, resilient_parsing=True)
    return f"\n{heading} {name}\n\n{_fenced(command.get_help(context))}"


def _fenced(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
