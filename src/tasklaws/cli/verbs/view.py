"""`tasklaws view`: close reading on a local page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield document["url"]


@verb("view", brief="Read a study closely on a local page.", wording=_wording, example="tasklaws view study/")
@study_argument
@click.option("--port", type=int, default=0, metavar="PORT", help="Default: any that is free.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def command(progress: Progress, study: Path, port: int, *, no_browser: bool) -> Result:
    """Serve STUDY on this machine: families, tasks, models, attempts and their transcripts.

    The address, which is printed, holds a secret; it works on this machine only. Nothing in STUDY is
    changed. Ctrl-C ends it.
    """
    from tasklaws.viewer.verb import view

    served = view(study, port, progress=progress)
    # The address is printed when this function has returned; serving goes on until the command is closed.
    context = click.get_current_context()
    context.call_on_close(served.wait)
    if not no_browser and sys.stdout.isatty():
        _show(served.url)
    return served


def _show(url: str) -> None:
    """Open the address in a browser with windows; one of text would take the terminal."""
    import webbrowser

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)
