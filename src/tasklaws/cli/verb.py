"""The frame of every verb: the options that all share, progress, and how the result is printed."""

from __future__ import annotations

import functools
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from tasklaws.cli.failures import failure
from tasklaws.cli.progress import KINDS, reporter
from tasklaws.core.display import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tasklaws.core.progress import Progress

    Wording = Callable[[dict[str, Any]], Iterable[str]]

SCHEMA_VERSION = 1
CONTEXT = {"help_option_names": ["-h", "--help"]}
"""Settings of every command, also of one that is called on its own."""


class Result(Protocol):
    """What a verb's function returns.

    A result may also have `warnings` (sentences), an `exit_code` (4: done, the answer is no), and
    `unfinished` (what is left for the same command to do).
    """

    def document(self) -> dict[str, Any]:
        """Return the keys of the verb's JSON document."""
        ...


study_argument = click.argument("study", type=click.Path(path_type=Path))
"""The folder a verb works on; the verb's function says what is wrong with it."""


def verb(
    name: str, *, brief: str, wording: Wording, example: str
) -> Callable[[Callable[..., Result]], click.Command]:
    """Make a function of (progress, **options) the verb `name`.

    Args:
        name: what the user types.
        brief: the verb in the list of all verbs, of at most 45 characters.
        wording: turns the result's document into the lines for a reader.
        example: one command line, shown at the end of the help page.
    """

    def declare(call: Callable[..., Result]) -> click.Command:
        @functools.wraps(call)
        def run(*, as_json: bool, quiet: bool, progress: str, **options: Any) -> int:  # noqa: ANN401
            with reporter("none" if quiet else progress) as listener:
                result = _answer(call, listener, name if as_json else None, options)
            _show(name, result, wording, as_json=as_json)
            _say_unfinished(result)
            return getattr(result, "exit_code", 0)

        shown_last = f"\b\nExample:\n  {example}"
        command = click.command(name, short_help=brief, epilog=shown_last, context_settings=CONTEXT)(run)
        command.params += _shared_options()
        return command

    return declare


class WithWords(click.Command):
    """A verb, of which some words in the first place ask for other verbs, such as `plan baselines`."""

    words: Mapping[str, click.Command]

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401
    ) -> click.Context:
        """Return the context of what the arguments ask for."""
        if args and args[0] in self.words:
            return self.words[args[0]].make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        """Run what the arguments asked for."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)


def with_words(alone: click.Command, **words: click.Command) -> WithWords:
    """Return the verb `alone`, with `words` that ask for others."""
    command = WithWords(
        alone.name,
        callback=alone.callback,
        params=alone.params,
        help=alone.help,
        epilog=alone.epilog,
        short_help=alone.short_help,
        context_settings=CONTEXT,
    )
    command.words = words
    return command


def _shared_options() -> list[click.Parameter]:
    return [
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document on stdout."),
        click.Option(["--quiet", "-q"], is_flag=True, help="No progress; warnings and errors stay."),
        click.Option(
            ["--progress"],
            type=click.Choice(KINDS),
            default="auto",
            show_default=True,
            help="How progress is told on stderr; auto: bars on a terminal, else plain lines.",
        ),
    ]


def _answer(
    call: Callable[..., Result], progress: Progress, json_name: str | None, options: dict[str, Any]
) -> Result:
    """Return the verb's result; under --json a failure is a document too, before it goes on."""
    try:
        return call(progress, **options)
    except Exception as error:
        if json_name is not None and not isinstance(error, click.ClickException):
            _print_document(json_name, failure(error).document())
        raise


def _show(name: str, result: Result, wording: Wording, *, as_json: bool) -> None:
    for warning in getattr(result, "warnings", ()):
        click.echo(f"warning: {_inert(str(warning))}", err=True)
    if as_json:
        _print_document(name, result.document())
        return
    for line in wording(result.document()):
        click.echo(_inert(line))


def _say_unfinished(result: Result) -> None:
    """Say, as the last line, which command goes on, where something is left to do."""
    unfinished, arguments = getattr(result, "unfinished", None), click.get_current_context().find_root().obj
    if unfinished and arguments:
        again = shlex.join(["tasklaws", *arguments])
        click.echo(_inert(f"{unfinished}; to go on: {again}"), err=True)


def _inert(line: str) -> str:
    return shown(line, longest=len(line))


def _print_document(name: str, document: Mapping[str, Any]) -> None:
    whole = {"schema_version": SCHEMA_VERSION, "command": name, **document}
    # ASCII only: hostile names stay inert on a terminal. No NaN: what is undefined is null.
    click.echo(json.dumps(whole, indent=2, ensure_ascii=True, allow_nan=False))
