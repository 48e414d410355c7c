"""`tasklaws strictness`: how often a single wrong token is fatal to a tool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['kind']} {document['name']}: a single wrong token is fatal in {_share(document)}"
    yield from table(
        [_row(row) for row in document["by_mutations"]],
        ("wrong tokens", "fatal", "95 % interval", "calls", "if each counts alone", "unsupported"),
    )
    if document["geometric_p"] is not None:
        yield f"that each wrong token counts alone: p = {document['geometric_p']:.2g}"
    near = document["near_misses"]
    told = f"{_share(near)} of {near['n']} fatal" if near else document["near_misses_reason"]
    yield f"near misses of models: {told}"


def _share(told: dict[str, Any]) -> str:
    return f"{number(told['sigma'])} ({number(told['lower'])} to {number(told['upper'])})"


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "wrong tokens": row["mutations"],
        "fatal": number(row["sigma"]),
        "95 % interval": f"{number(row['lower'])} to {number(row['upper'])}",
        "calls": row["n"],
        "if each counts alone": number(row["geometric"]),
        "unsupported": row["unsupported"],
    }


def _whole_numbers(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a list of whole numbers such as 1,2,4.") from None


@verb(
    "strictness",
    brief="Measure how much a tool minds mistakes.",
    wording=_wording,
    example="tasklaws strictness sqlite --n 400",
)
@click.argument("name", metavar="TOOL|FAMILY")
@click.option("--n", default=400, show_default=True, help="Mutated calls for each number of wrong tokens.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draws.")
@click.option(
    "--mutations",
    default="1,2,4",
    show_default=True,
    callback=_whole_numbers,
    help="How many tokens are wrong at a time; 1 is always needed.",
)
def command(progress: Progress, name: str, n: int, seed: int, mutations: tuple[int, ...]) -> Result:
    """Measure how often a wrong token is fatal to TOOL, or to the tools of FAMILY.

    Calls that work get one, two or four of their tokens replaced by others and are carried out. Of a
    tool a mistake is fatal if the result is another one, of a family if the answer is wrong.
    """
    from tasklaws.assess.strictness import strictness

    return strictness(name, mutations, n, seed, progress=progress)
