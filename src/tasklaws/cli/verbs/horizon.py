"""`tasklaws horizon`: how long tasks may be for an agent to succeed at them with a given rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.horizon_words import wording
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _percents(_context: click.Context, _option: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in value.split(","))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a list of whole percentages such as 50,80.") from None


@verb(
    "horizon",
    brief="Tell the time horizon of each agent.",
    wording=wording,
    example="tasklaws horizon study/ --success 50,80 --multiverse",
)
@study_argument
@click.option("--success", default="50,80", show_default=True, callback=_percents, help="Whole percentages.")
@click.option(
    "--curve", "curves", multiple=True, metavar="NAME",
    help="An estimator; may be given again: metr_2026_01, log_logistic, log_logistic_latent, exponential, "
    "weibull, lomax.  [the first three]",
)  # fmt: skip
@click.option("--draws", default=1000, show_default=True, help="Draws of the bootstrap; 0 for no intervals.")
@click.option("--seed", default=0, show_default=True, help="Seed of everything random.")
@click.option("--level", default=95, show_default=True, help="Of intervals, in percent.")
@click.option(
    "--limits", default="failure", show_default=True, type=click.Choice(["failure", "drop", "censor"]),
    help="How attempts that a limit ended count.",
)  # fmt: skip
@click.option(
    "--invalid-success", "invalid", default="failure", show_default=True,
    type=click.Choice(["failure", "success", "drop"]), help="How successes by tampering count.",
)  # fmt: skip
@click.option("--people/--no-people", default=True, help="Whether people stand as an agent.  [people]")
@click.option("--target", metavar="MODEL", help="Forecast the time horizon of this model.")
@click.option("--seal", is_flag=True, help="Seal that forecast.")
@click.option("--multiverse", is_flag=True, help="Also tell what each choice does, and all of them together.")
def command(
    progress: Progress,
    study: Path,
    curves: tuple[str, ...],
    target: str | None,
    seal: bool,
    **options: Any,  # noqa: ANN401
) -> Result:
    """Tell at which human time of tasks each agent of STUDY succeeds with a given rate.

    STUDY is a study, METR's runs.jsonl or a folder with it and release_dates.yaml, or logs of Inspect, one or
    a folder of them, with human_minutes in the metadata of their samples.

    A time outside the tasks that an agent was asked is an extrapolation, and where all attempts ended alike
    there is a bound: neither is printed as a number that stands for itself.

    With `--target` the time horizon of a model is forecast from the models before it; `--seal` seals the
    forecast, `tasklaws open` scores it once the model has runs.
    """
    if seal and not target:
        raise click.UsageError("--seal needs --target MODEL: only a forecast is sealed.")
    if target:
        from tasklaws.assess.horizon_forecast import predict_horizon

        asked = {name: options[name] for name in ("success", "draws", "seed")}
        return predict_horizon(study, target, **asked, seal=seal, progress=progress)
    from tasklaws.assess.horizons import horizon

    if curves:
        options["curves"] = curves
    return horizon(study, **options, progress=progress)
