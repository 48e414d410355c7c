"""The entry point: finds the verb, runs it, turns what happened into an exit code."""

from __future__ import annotations

import keyword
import os
import shlex
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

import click

from tasklaws import __version__
from tasklaws.cli.failures import failure
from tasklaws.cli.verb import CONTEXT
from tasklaws.cli.verbs import VERBS
from tasklaws.core.display import shown
from tasklaws.core.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Sequence

INTERRUPTED = 130

EPILOG = """\b
Example:
  tasklaws import table cells.csv --ladder ladder.toml --into study/
  tasklaws predict study/ --target next-model --seal

\b
Exit codes:
  0 done    1 internal error    2 bad input or usage    3 verification failed
  4 done, and the answer is no    130 interrupted
"""


class Verbs(click.Group):
    """The group of all verbs; the module of a verb is imported when that verb is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of a study."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the verb called `cmd_name`, or None."""
        del ctx
        if cmd_name not in VERBS:
            return None
        module = cmd_name.replace("-", "_") + ("_" if keyword.iskeyword(cmd_name) else "")
        return cast("click.Command", import_module(f"tasklaws.cli.verbs.{module}").command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the verb that the first argument names; an unknown one gets the nearest name."""
        if not args[0].startswith("-") and args[0] not in VERBS:
            raise click.UsageError(str(UnknownName("command", args[0], VERBS)), ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Verbs,
    epilog=EPILOG,
    context_settings={**CONTEXT, "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tasklaws", message="%(prog)s %(version)s")
def tasklaws() -> None:
    """Forecast, seal and score what the next model of a ladder will do.

    A study is a folder. Import results into it, fit laws, seal a forecast of the next model,
    open it when the results are there, and see how good such forecasts were before.
    """


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line on `argv` (default: that of the process) and return its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        return _code(tasklaws.main(arguments, prog_name="tasklaws", standalone_mode=False, obj=arguments))
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say(f"interrupted; to resume: {shlex.join(['tasklaws', *arguments])}")
        return INTERRUPTED
    except Exception as error:
        if os.environ.get("TASKLAWS_DEBUG"):
            raise
        told = failure(error)
        _say(f"error: {told.message}")
        return told.exit_code


def _code(returned: Any) -> int:  # noqa: ANN401 - click returns what the command returned
    return returned if isinstance(returned, int) else 0


def _say(line: str) -> None:
    # A message may quote a name from a foreign file.
    click.echo(shown(line, longest=len(line)), err=True)


if __name__ == "__main__":
    sys.exit(main())
