"""`tasklaws plan`: what a design costs and can tell; `tasklaws plan baselines`: how many people to time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import LONGEST, table
from tasklaws.cli.verb import Result, verb, with_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress

BASELINES = "baselines"
PAIR = 2


def _wording(document: dict[str, Any]) -> Iterator[str]:
    rows = [_shown(row) for row in document["rows"]]
    yield from table(rows, ("quantity", "value", "interval", "note"), 2 * LONGEST)


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    ends = [row["lower"], row["upper"]]
    interval = "" if None in ends else f"{_number(ends[0])} to {_number(ends[1])}"
    return row | {"value": _number(row["value"]), "interval": interval}


def _number(value: float | None) -> str:
    if value is None:
        return "none"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) >= 1 else f"{value:.3g}"


def _pair(_context: click.Context, option: click.Parameter, value: str | None) -> tuple[float, float] | None:
    """Read one number (of tokens written), or two parted by a comma."""
    if value is None:
        return None
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1 and option.name != "modes":
        return 0.0, numbers[0]
    if len(numbers) != PAIR:
        raise click.BadParameter(f"{value!r} is not a pair of numbers such as 0.3,3.")
    return numbers[0], numbers[1]


@verb(
    f"plan {BASELINES}",
    brief="Tell how many people to time at a task.",
    wording=_wording,
    example="tasklaws plan baselines --spread 0.75 --factor 1.25 --modes 0.3,3",
)
@click.option("--spread", default=0.75, show_default=True, help="Standard deviation of log times at a task.")
@click.option("--factor", default=1.25, show_default=True, help="Know the geometric mean to x/÷ this.")
@click.option(
    "--modes", default="0.3,3", show_default=True, callback=_pair, metavar="WEIGHT,DISTANCE",
    help="A second group: its share, and its distance in standard deviations within a group.",
)  # fmt: skip
@click.option("--seed", default=0, show_default=True, help="Seed of the worlds that are drawn.")
def baselines(progress: Progress, **options: Any) -> Result:  # noqa: ANN401  the options above
    """Tell how many people have to be timed at a task, for its mean time and to see two groups of people."""
    from tasklaws.assess.planner import plan_baselines

    return plan_baselines(**options, progress=progress)


@verb(
    "plan",
    brief="Plan rungs, attempts, baselines and cost.",
    wording=_wording,
    example="tasklaws plan --rungs 6 --tasks 20 --samples 8 --tokens 2000 --price 0.01",
)
@click.argument("study", type=click.Path(path_type=Path), required=False)
@click.option("--rungs", type=int, help="Sizes of models.  [6]")
@click.option("--seeds", type=int, help="Models of each size.  [1]")
@click.option("--families", type=int, help="Families of tasks.  [5]")
@click.option("--tasks", type=int, help="Tasks of each family.  [20]")
@click.option("--samples", type=int, help="Attempts of each model at each task.  [8]")
@click.option("--repeats", type=int, help="Runs of the same question among them.  [8]")
@click.option("--floor", type=float, help="Rate of right answers by chance.  [0]")
@click.option("--spacing", type=float, help="Decades from one size to the next.  [1]")
@click.option("--slope", type=float, help="By how much log hazard falls in a decade.  [1.15]")
@click.option(
    "--easiest", type=float, help="Easiest task is solved half of the time at this rung, from 0.  [0]"
)
@click.option("--hardest", type=float, help="Hardest task likewise.  [two rungs above the last]")
@click.option("--shock", type=float, help="Standard deviation of the shock of a rung, in logits.  [0.3]")
@click.option("--error", type=float, help="Standard error of log hazard that is wanted.  [0.3]")
@click.option("--tokens", callback=_pair, metavar="[READ,]WRITTEN", help="Tokens of an attempt.  [1000]")
@click.option("--price", callback=_pair, metavar="[READ,]WRITTEN", help="Price of 1,000 tokens.")
@click.option("--baselines", type=int, help="People timed at each task.  [5]")
@click.option("--spread", "log_spread", type=float, help="Standard deviation of their log times.  [0.75]")
@click.option("--simulate", default=0, metavar="N", help="Certify N simulated families of each kind.")
@click.option("--seed", default=0, show_default=True, help="Seed of everything random.")
def _design(progress: Progress, study: Path | None, **options: Any) -> Result:  # noqa: ANN401
    """Tell what a design costs and what it can tell, before it is carried out.

    Sizes and attempts for a wanted error at the next rung, repeats, smallest differences, tokens and money.
    With STUDY its own figures are the design, and options change them. What stands in brackets is taken where
    there is no study. `--simulate N` runs the whole certificate on families of this design: sound ones,
    copies of one task, and a step. `tasklaws plan baselines` tells how many people to time.
    """
    from tasklaws.assess.planner import plan

    return plan(study, **options, progress=progress)


command = with_words(_design, **{BASELINES: baselines})
