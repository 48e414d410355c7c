"""What models scored, whether a family follows a law, and how near the red lines are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.sections._blocks import Bar, Bars, Part
from tasklaws.dossier.sections._words import between, doubt, facts, listed, table, told
from tasklaws.report.blocks import Field, Paragraph
from tasklaws.report.text import count, percent

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

_RESULTS = (
    Field("model", "model"),
    Field("family", "family"),
    Field("score", "score", percent),
    Field("lower", "from", percent),
    Field("upper", "to", percent),
    Field("k", "successes"),
    Field("n", "attempts"),
    Field("n_tasks", "tasks"),
    Field("reason", "reason"),
)
_CERTIFICATES = (Field("family", "family"), Field("lineage", "lineage"), Field("verdict", "verdict"))
_BECAUSE = (*_CERTIFICATES[:2], Field("because", "because"))
_LINE = {
    "definition": "Definition",
    "threshold": "Line",
    "margin": "Binds before it by",
    "family": "Tasks",
    "target": "Next model",
    "lead": "Lead",
}


def build(document: Document) -> tuple[Any, ...]:
    """Return the scores of the model that is rated, and of all."""
    return listed(
        document["results"], lambda rows: _scores(rows, document["subject"]["model"]), "There are no results."
    )


def _scores(rows: list[dict[str, Any]], model: Any) -> tuple[Any, ...]:  # noqa: ANN401
    own = [row for row in rows if row["model"] == model]
    bars = Bars(
        f"Scores of {told(model)} by family, with 90 % intervals.",
        ("family", "score"),
        tuple(_bar(row) for row in own),
        0.0,
        1.0,
    )
    every = table(rows, _RESULTS, "Every model in every family", "results", folded=True)
    return (bars, every) if own else (Paragraph(f"{told(model)} has no results of its own."), every)


def _bar(row: Document) -> Bar:
    note = f"{count(row['n'], 'attempt')}, {count(row['n_tasks'], 'task')}"
    note = "; ".join(filter(None, (note, doubt(row, "score"))))
    return Bar(
        told(row["family"]), between(row, "score"), row["score"], row["lower"], row["upper"], note=note
    )


def certificates(document: Document) -> tuple[Any, ...]:
    """Return which families can carry a forecast."""
    return listed(document["certificates"], _certificates, "No family was diagnosed.")


def _certificates(rows: list[dict[str, Any]]) -> tuple[Any, ...]:
    told_first = "Whether the scores of a family follow its ladder closely enough to forecast the next model."
    verdicts = [{**row, "verdict": told(row["verdict"]).replace("_", " ")} for row in rows]
    return (
        Paragraph(told_first),
        table(verdicts, _CERTIFICATES, "", "certificates"),
        table(rows, _BECAUSE, "What each verdict rests on", "because", folded=True),
    )


def red_lines(document: Document) -> tuple[Any, ...]:
    """Return how likely the next model crosses the scores at which something must happen."""
    return listed(document["red_lines"], _lines, "The study has no red lines.")


def _lines(rows: list[dict[str, Any]]) -> tuple[Any, ...]:
    caption = "Where the score stands, with its interval; the tick is the line."
    bars = Bars(caption, ("line", "what is to be expected"), tuple(map(_line_bar, rows)), 0.0, 1.0)
    return (bars, *(Part(told(row["line"]), (facts(_in_words(row), _LINE),)) for row in rows))


def _line_bar(row: Document) -> Bar:
    seen = {"score": row["score"], "lower": row["score_lower"], "upper": row["score_upper"]}
    now = between({**seen, "reason": "it was not measured"}, "score")
    crossing = f"P(cross) {told(row['p_cross'], percent)}" if row["p_cross"] is not None else "no P(cross)"
    verdict = told(row["verdict"]).replace("_", " ")
    return Bar(
        told(row["line"]),
        f"{verdict}; {crossing}; now {now}",
        row["score"],
        row["score_lower"],
        row["score_upper"],
        row["threshold"],
        told(row["text"]),
    )


def _in_words(row: Document) -> dict[str, Any]:
    """Return a line with its shares in words."""
    shares = {name: told(row[name], percent) for name in ("threshold", "margin")}
    lead = {"lead": count(row["lead"], "rung") if row["lead"] is not None else "not known"}
    return {**row, **shares, **lead}
