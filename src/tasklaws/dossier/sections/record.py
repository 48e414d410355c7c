"""Sealed forecasts: when they were sealed, when their outcomes came, and how they did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.sections._blocks import Bar, Bars, Part
from tasklaws.dossier.sections._words import between, doubt, file_link, listed, table, told
from tasklaws.report.blocks import Facts, Field, Paragraph
from tasklaws.report.text import count, plain, points

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

_SEALS = (
    Field("target", "of"),
    Field("label", "label"),
    Field("sealed", "sealed"),
    Field("outcome", "outcome"),
    Field("anchor", "time vouched for by"),
    Field("counts", "counts"),
)
_FILES = (
    Field("target", "of"),
    Field("file", "file"),
    Field("sha256", "SHA-256"),
    Field("code_version", "sealed by"),
)
_SCORES = (
    Field("target", "of"),
    Field("label", "label"),
    Field("mae", "off by, points"),
    Field("crps", "CRPS, points"),
    Field("log_score", "log score"),
    Field("skill", "skill"),
    Field("best_baseline", "against"),
    Field("kept", "inside 50 / 80 / 90 %"),
    Field("surprises", "surprises"),
    Field("sha256", "SHA-256"),
)
LEVELS = ("50", "80", "90")
UNSCORED = "No sealed forecast has an outcome by which it could be scored."


def build(document: Document) -> tuple[Any, ...]:
    """Return how forecasts did, and every seal."""
    scores = listed(document["forecast_scores"], _scored, UNSCORED)
    seals = listed(
        document["preregistration"], lambda rows: _seals(rows, document), "Nothing was sealed beforehand."
    )
    return (*scores, Part("What was sealed, and when", seals))


def _scored(scores: Document) -> tuple[Any, ...]:
    if not scores["forecasts"]:
        return (Paragraph(UNSCORED),)
    rows = [_forecast(row) for row in scores["forecasts"]]
    return (
        Facts(tuple(_facts(scores))),
        _coverage(scores["coverage"]),
        table(rows, _SCORES, "Every scored forecast", "forecasts", folded=len(rows) > len(LEVELS)),
    )


def _facts(scores: Document) -> list[tuple[str, str, str]]:
    skill, surprises = scores["skill"], scores["surprises"]
    return [
        (
            "Scored",
            f"{count(scores['n_forecasts'], 'forecast')} of {count(scores['n_targets'], 'model')}",
            "",
        ),
        (
            "Off by",
            told(scores["mae"], points),
            "mean over tasks of the difference between forecast and outcome",
        ),
        ("Skill", between(skill, "value", plain), _skill(skill)),
        ("CRPS", told(scores["crps"], points), "error of the whole distribution; smaller is better"),
        ("Log score", told(scores["log_score"]), "larger is better"),
        (
            "Surprises",
            f"{told(surprises['n'])} of {told(surprises['n_tasks'])} tasks",
            between({**surprises, "reason": "no task was judged"}, "share"),
        ),
    ]


def _skill(skill: Document) -> str:
    words = f"0 is as good as {told(skill['against'])}; 1 is perfect"
    return f"{words}; {doubt(skill, 'value')}" if doubt(skill, "value") else words


def _coverage(coverage: Document) -> Bars:
    """Return how often outcomes lay inside the intervals that were promised."""
    caption = "How often the outcome lay inside the interval; the tick is what was promised."
    rows = tuple(_kept(level, coverage[level]) for level in LEVELS)
    return Bars(caption, ("promised", "kept"), rows, 0.0, 1.0)


def _kept(level: str, row: Document) -> Bar:
    note = "; ".join(filter(None, (count(row["n"], "task"), doubt(row, "value"))))
    return Bar(
        f"{level} %", between(row, "value"), row["value"], row["lower"], row["upper"], int(level) / 100, note
    )


def _forecast(row: Document) -> dict[str, Any]:
    kept = " / ".join(told(row["coverage"][level], lambda share: f"{100 * share:.0f}") for level in LEVELS)
    return {**row, "kept": kept, "surprises": f"{told(row['n_surprises'])} of {told(row['n_tasks'])}"}


def _seals(rows: list[dict[str, Any]], document: Document) -> tuple[Any, ...]:
    packed = {row["path"] for row in document["evidence"]}
    shown = [{**row, **_sealed(row), "file": file_link(row["file"], packed)} for row in rows]
    caption = "Times with the entry of the study's log, whose entries are chained."
    files = table(shown, _FILES, "The sealed files, with their hashes", "sealed-files", folded=True)
    return (table(shown, _SEALS, caption, "seals"), files)


def _sealed(row: Document) -> dict[str, str]:
    came = row["outcome_seq"]
    return {
        "sealed": f"{told(row['sealed_at'])}, entry {told(row['sealed_seq'])}",
        "outcome": f"{told(row['outcome_at'])}, entry {told(came)}" if came is not None else "not yet",
        "counts": f"{told(row['scored'])}: {told(row['reason'])}" if row["reason"] else told(row["scored"]),
    }
