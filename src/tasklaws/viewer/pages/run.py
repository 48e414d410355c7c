"""One attempt: all that is kept of it, what readers said, its transcript, and the ones beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.display import shown
from tasklaws.core.errors import UnknownName
from tasklaws.report.blocks import Facts, Paragraph
from tasklaws.report.text import visible
from tasklaws.viewer.labels import attempt_id, labels_of
from tasklaws.viewer.pages.runs import BESIDE, LABELS, crumbs
from tasklaws.viewer.parts import NAME, Cell, Grid, Links, Page, Words, facts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.viewer.asked import Asked
    from tasklaws.viewer.desk import Desk

LONGEST = 20_000
"""Characters of a text that a page shows."""
SHORT = 300
"""Characters of a value that stands among the facts; longer ones stand below, as text."""


def page(desk: Desk, asked: Asked) -> Page:
    """Return one attempt.

    Raises:
        UnknownName: there is no such attempt.
        VerificationFailed: its part is not what it was.
    """
    run = asked.get("run") or ""
    place = desk.attempts.at(asked)
    if place is None:
        raise UnknownName("attempt", run, ())
    row = desk.attempts.row(place)
    # The index has the outcome that readers gave it; the part has everything else.
    whole = desk.results.whole(row["part"], row["row"]) | {"outcome": row["outcome"]}
    texts = {key: value for key, value in whole.items() if isinstance(value, str) and _long(key, value)}
    told = [(key, value, "") for key, value in whole.items() if value is not None and key not in texts]
    name = shown(row["instance_id"] or row["task_id"], NAME)
    blocks = (
        Links(tuple(_around(desk, asked, place, row))),
        *_transcript(desk, row),
        *(_words(key, value) for key, value in texts.items()),
        Facts(facts([*told, ("attempt", attempt_id(whole), "by this name labels know it")])),
        *_labels(desk, attempt_id(whole)),
    )
    title = f"{shown(row['model'], NAME)} on {name}"
    return Page(title, tuple(crumbs(desk, asked, name)), blocks, [{"run": run} | whole], "attempt")


def _long(key: str, value: str) -> bool:
    return key == "text" or "\n" in value or len(value) > SHORT


def _around(desk: Desk, asked: Asked, place: int, row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield links to the transcript, and to the attempts before and after in the same list."""
    link = desk.transcripts.link(row)
    if link:
        yield "Open the transcript", asked.to(link)
    kept = asked.only(*LABELS, *BESIDE, "sort")
    order = desk.attempts.find(asked)
    at = order.index_of(place)
    if at is None:
        return
    for word, to in (("Previous attempt", at - 1), ("Next attempt", at + 1)):
        if 0 <= to < len(order):
            yield word, asked.to("run", kept | {"run": desk.attempts.named(desk.attempts.row(order[to]))})


def _transcript(desk: Desk, row: dict[str, Any]) -> Iterator[Paragraph]:
    reason = desk.transcripts.lacking(row)
    if reason:
        yield Paragraph(reason, "note")


def _words(key: str, value: str) -> Words:
    cut = "" if len(value) <= LONGEST else f"The first {LONGEST:,} of {len(value):,} characters are shown."
    lines = (visible(line) for line in value[:LONGEST].splitlines() or [""])
    return Words(visible(key), "\n".join(lines), cut)


def _labels(desk: Desk, attempt: str) -> Iterator[Grid]:
    said = labels_of(desk.results.study.path)
    rows = [(reader, labels[attempt]) for reader, labels in said.items() if attempt in labels]
    if rows:
        heads = tuple(map(Cell, ("reader", "label", "note", "when")))
        lines = tuple(
            tuple(Cell(shown(text, 2_000)) for text in (reader, one.label, one.note, one.at))
            for reader, one in rows
        )
        yield Grid("labels", "What readers said", heads, lines)
