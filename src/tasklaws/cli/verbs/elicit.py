"""`tasklaws elicit`: what more effort of drawing answers out would add."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.cli.internals_words import internals_words
from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress


def _wording(document: dict[str, Any]) -> Iterator[str]:
    rows = [{**row, "score": number(row["score"])} for row in document["rows"]]
    yield from table(rows, ("model", "family", "effort", "score", "n"))
    yield ""
    yield from table(
        [_gap(row) for row in document["gaps"]],
        ("model", "family", "elicitation", "gap", "90 % interval", "note"),
    )
    yield from _laws(document)
    yield from internals_words(document)
    for control in document["controls"]:
        told = {True: "ok", False: "failed", None: "not tried"}[control["ok"]]
        yield f"control {control['name']}: {told}; {control['detail']}"


def _laws(document: dict[str, Any]) -> Iterator[str]:
    """Yield how the laws at the least and at the greatest effort compare, in all and by family."""
    yield ""
    if not document.get("laws"):
        yield f"laws at low and at high effort: not compared; {document.get('laws_reason')}"
        return
    whole = document["laws"][0]
    yield f"laws at {whole['low']} and at {whole['high']}, forecast separately (in points; skill as a share):"
    yield from table(
        [_law(row) for row in document["laws"]],
        ("family", "CRPS low", "CRPS high", "skill low", "skill high", "apart", "came", "held", "own"),
    )
    yield "apart: how much more the high law expects; came: how much more was scored; held: share of scores"
    yield "at high effort inside the 90 % intervals of the low law; own: inside those of the high law"
    yield from (row["text"] for row in (*document["laws"], *document["trend"]) if row["family"] is None)
    yield ""


def _law(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as it is shown: errors and distances in points."""
    return {
        "family": row["family"] or "all",
        **{
            f"{name} {end}": number(row[f"{end}_{name.lower()}"], digits)
            for name, digits in (("CRPS", 1), ("skill", 2))
            for end in ("low", "high")
        },
        "apart": number(100 * row["apart"], 0),
        "came": number(100 * row["observed_apart"], 0),
        "held": f"{100 * row['held']:.0f} %",
        "own": f"{100 * row['held_own']:.0f} %",
    }


def _gap(row: dict[str, Any]) -> dict[str, Any]:
    interval = None if row["gap"] is None else f"{number(row['lower'], 3)} to {number(row['upper'], 3)}"
    return {**row, "gap": number(row["gap"], 3), "90 % interval": interval, "note": row["reason"] or ""}


@verb(
    "elicit",
    brief="Show what more effort would add to scores.",
    wording=_wording,
    example="tasklaws elicit study/",
)
@study_argument
def command(_progress: Progress, study: Path) -> Result:
    """Show the effort curves of STUDY, and the gap between the highest effort and no limit of effort.

    Curves need elicitations that name their effort, such as best_of_n@1 to best_of_n@8; a gap needs
    four efforts. Where the ladder has four sizes, the laws at the least and at the greatest effort are
    forecast separately and compared.
    """
    from tasklaws.assess.elicit import elicit

    return elicit(study)
