"""`tasklaws diagnose`: can each family carry a scaling law, and if not, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tasklaws.assess.verdicts import VERDICTS
from tasklaws.cli.tables import number, table
from tasklaws.cli.verb import Result, study_argument, verb

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasklaws.core.progress import Progress

MARKS = {True: "ok", False: "FAILS", None: "unknown"}
NOTED = "note"
"""Mark of a finding on which the verdict does not hang."""


def _wording(document: dict[str, Any]) -> Iterator[str]:
    families = document["families"]
    lineages = {one["lineage"] for one in families}
    for one in families:
        name = one["family"] if len(lineages) == 1 else f"{one['family']} ({one['lineage']})"
        through = f": {one['process_metric']}" if one["process_metric"] else ""
        yield f"{name}: {VERDICTS[one['verdict']]}{through}"
        yield from (f"  {line}" for line in _findings(one["findings"]))
        yield from (f"  {line}" for line in _beside(one))
        yield ""
    yield from _limits(document["models"])
    counted = {words: sum(one["verdict"] == name for one in families) for name, words in VERDICTS.items()}
    yield "; ".join(f"{n} {words}" for words, n in counted.items() if n)


def _findings(findings: list[dict[str, Any]]) -> Iterator[str]:
    for found in findings:
        if found["applies"]:
            reason = f" Missing: {found['reason']}." if found["ok"] is None and found["reason"] else ""
            mark = MARKS[found["ok"]] if found["decides"] or found["ok"] else NOTED
            yield f"{mark:8}{found['check']}: {found['text']}{reason}"


def _beside(one: dict[str, Any]) -> Iterator[str]:
    """Yield what sampling says, what is broken first, and what design would tell more."""
    if "audit" in one:
        yield f"{MARKS[one['audit']['ok']]:8}audit: {one['audit']['text']}"
    if one["triage"]["leaf"]:
        hits = ", ".join(one["triage"]["hits"])
        yield f"broken first: {one['triage']['leaf']} (all that was hit: {hits})"
    if one["would_do"]:
        yield f"a design that would do: {one['would_do']}"


def _limits(models: list[dict[str, Any]]) -> Iterator[str]:
    """Yield the models of which limits ended more than half of the failures, however they are counted."""
    ended = [one for one in models if one["above_half"]]
    if not ended:
        return
    yield "limits of the harness ended most failures of these models:"
    rows = [
        {
            "model": one["model"],
            "limited failures": f"{one['limited_failures']:.0f} of {one['failures']:.0f}",
            "share": f"{number(one['share'])} ({number(one['lower'])} to {number(one['upper'])})",
            "as failures": number(one["score"]),
            "dropped": number(one["score_dropped"]),
            "had they gone on": f"up to {number(one['score_all'])}",
            "p50 minutes": " / ".join(number(one[key], 0) for key in ("p50", "p50_dropped", "p50_all")),
        }
        for one in ended
    ]
    yield from table(rows, list(rows[0]))
    yield ""


@verb(
    "diagnose",
    brief="Tell which families can carry a scaling law.",
    wording=_wording,
    example="tasklaws diagnose study/ --family sum_range",
)
@study_argument
@click.option("--family", "families", multiple=True, help="Only this family; may be given again.")
@click.option("--audit", "audited", is_flag=True, help="Also sample every fit (extra bayes; slow).")
def command(progress: Progress, study: Path, families: tuple[str, ...], audited: bool) -> Result:
    """Certify the families of STUDY: what each check found, and a verdict.

    forecastable, forecastable via a process metric (named), only detectable (no early warning), invalid
    (a fault sets the scores), or not enough data (with what is missing). What the data do not tell is
    never a pass. The exit code is 4 unless every family can carry a law.
    """
    from tasklaws.assess.diagnosis import diagnose

    return diagnose(study, families=families or None, audited=audited, progress=progress)
