"""`tasklaws label`: read attempts one after another and say what they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.observation.cards import Card
    from tasklaws.core.progress import Progress

KEYS = {
    "g": "genuine_failure",
    "e": "spurious_elicitation",
    "h": "spurious_harness",
    "s": "spurious_scorer",
    "v": "valid_success",
    "i": "invalid_success",
    "u": "unsure",
}
STOP = "q"


def _wording(document: dict[str, Any]) -> Iterator[str]:
    if "marked" in document:
        yield f"{len(document['marked'])} attempts are marked as invalid successes"
        yield f"{document['alone']} that one reader alone calls so, or that readers differ on, are not"
        yield f"{document['unknown']} are not in the runs of the study"
        return
    if "kappas" not in document:
        yield f"{document['reader']}: {document['labelled']} labelled, {document['waiting']} wait"
        yield f"labels stand in {document['path']}"
        return
    yield from table(
        [_kappa(row) for row in document["kappas"]], ("readers", "kappa", "95 % interval", "n", "note")
    )
    yield ""
    yield from table(document["confusion"], ("readers", "first", "second", "n"))
    yield ""
    yield from table(
        [_rate(row) for row in document["spurious"]], ("model", "spurious failures", "90 % interval", "n")
    )
    yield ""
    yield from table(document["flags"], ("flag", "label", "n"))
    yield ""
    yield from (f"to settle: {row['attempt_id']} {row['labels']}" for row in document["to_settle"])
    yield from document["notes"]


def _kappa(row: dict[str, Any]) -> dict[str, Any]:
    interval = f"{number(row['lower'])} to {number(row['upper'])}"
    return {**row, "kappa": number(row["kappa"]), "95 % interval": interval, "note": row["reason"] or ""}


def _rate(row: dict[str, Any]) -> dict[str, Any]:
    interval = f"{number(row['lower'])} to {number(row['upper'])}"
    model = row["model"] or "all"
    return {**row, "model": model, "spurious failures": number(row["share"]), "90 % interval": interval}


def _ask(card: Card) -> tuple[str, str] | None:
    """Show a card and return label and note; None where the reader stops or the input ends."""
    from tasklaws.assess.observation.labels import LABELS

    click.echo(f"\n--- {card.number} of {card.of}: {card.attempt_id} ---", err=True)
    for line in card.lines:
        click.echo(line, err=True)
    for key, name in KEYS.items():
        click.echo(f"  {key}  {name}: {LABELS[name]}", err=True)
    try:
        key = click.prompt(
            f"label ({STOP} stops)", type=click.Choice([*KEYS, STOP]), show_choices=False, err=True
        )
        if key == STOP:
            return None
        return KEYS[key], click.prompt("note", default="", show_default=False, err=True)
    except click.Abort:
        return None


@verb(
    "label",
    brief="Read attempts and say what they were.",
    wording=_wording,
    example="tasklaws label study/ --reader ann --n 20",
)
@study_argument
@click.option("--reader", metavar="NAME", help="Who reads; `settled` decides where readers differ.")
@click.option("--n", default=20, show_default=True, type=click.IntRange(1), help="Attempts to read in all.")
@click.option("--seed", default=0, show_default=True, help="Seed of the draw, when it is begun.")
@click.option(
    "--from",
    "file",
    metavar="FILE.csv",
    type=click.Path(path_type=Path),
    help="Take labels from columns attempt_id, label, note.",
)
@click.option("--agreement", is_flag=True, help="Compare the readers instead.")
@click.option(
    "--apply", "applied", is_flag=True, help="Mark what two readers call an invalid success, in the log."
)
def command(  # noqa: PLR0917 - click passes them by name
    progress: Progress,
    study: Path,
    reader: str | None,
    n: int,
    seed: int,
    file: Path | None,
    *,
    agreement: bool,
    applied: bool,
) -> Result:
    """Label attempts of STUDY that a random plan drew: failures, genuine or not, and successes.

    A failure is spurious if more elicitation, another harness or a mended scorer would have mended it.
    Readers do not see each other's labels, and stop and go on as they like. With --agreement: kappa, what
    is to be settled, and the share of spurious failures. With --apply, successes that two readers, or the
    reader `settled`, call invalid count as such from then on; the log tells of it.
    """
    from tasklaws.assess.observation.labels import check_reader

    if applied:
        from tasklaws.assess.observation.marking import apply_labels

        return apply_labels(study)
    if agreement and reader is None:
        from tasklaws.assess.observation import agreed

        return agreed.agreement(study, progress=progress)
    from tasklaws.assess.observation.labelling import label

    named = check_reader(reader, comparing=agreement)
    return label(study, named, n=n, seed=seed, ask=_ask, file=file, progress=progress)
