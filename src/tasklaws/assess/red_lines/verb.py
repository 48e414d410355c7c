"""The verb `redline`: a card for every red line of a study, and how good past cards were."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tasklaws.assess.red_lines.drawn_up import card
from tasklaws.assess.red_lines.opened_lines import opened_lines
from tasklaws.assess.red_lines.scoring import Scored, score_cards
from tasklaws.assess.red_lines.view import NEXT, key_of, views
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.core.progress import SILENT
from tasklaws.spec.red_lines import EXAMPLE, RED_LINES, RedLine, read_red_lines
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.assess.red_lines.card import Card
    from tasklaws.core.progress import Progress

THE_ANSWER_IS_NO = 4
LOUD = ("crossed", "alarm")
"""Verdicts that say no to: is all clear?"""


@dataclass(frozen=True)
class RedLines:
    """The cards of a study."""

    cards: tuple[Card, ...]
    scored: Scored
    sealed: tuple[dict[str, Any], ...] = ()
    """P(cross) of sealed forecasts, with what came where the target has results."""
    warnings: tuple[str, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """Return 4 where a line is crossed or an alarm stands."""
        return THE_ANSWER_IS_NO if any(one.verdict in LOUD for one in self.cards) else 0

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`, and how past cards scored."""
        return {
            "cards": [one.document() for one in self.cards],
            "scored": self.scored.document(),
            "sealed": list(self.sealed),
            "warnings": list(self.warnings),
        }


def redline(
    study: Study | str | Path,
    lines: str | Path | Sequence[RedLine] | None = None,
    *,
    target: str = NEXT,
    progress: Progress = SILENT,
) -> RedLines:
    """Return the card of every red line of a study, and how good past cards were.

    Args:
        study: the study.
        lines: a file of red lines, or red lines; by default `redlines.toml` in the study.
        target: the rung to forecast; ``next`` is the first beyond the last with results, else a guessed one.
        progress: who hears how far it is.

    Raises:
        BadInput: there is no file of red lines, or it is not as it should be.
        UnknownName: the study has no family, metric, harness, elicitation or target of that name.
        NoAnswer: no model has results on any line.
    """
    study = study if isinstance(study, Study) else Study(study)
    drawn = lines_of(study, lines)
    found = views(study, drawn, target, progress)
    made = [
        one
        for line in drawn
        for lineage in found[key_of(line)].selection.lineages
        if (one := card(found[key_of(line)], line, lineage)) is not None
    ]
    if not made:
        raise NoAnswer(
            "no-results-yet",
            "no model on the ladder has results on any red line.",
            "A card needs a score.",
            "Run the study, or import results.",
        )
    scored = score_cards(
        (one for each in made for one in each.past), {line.name: line.alert for line in drawn}
    )
    notes = [note for view in found.values() for note in view.selection.notes]
    doubts = [doubt for line in drawn for doubt in line.doubts]
    return RedLines(tuple(made), scored, opened_lines(study), tuple(dict.fromkeys((*doubts, *notes))))


def lines_of(study: Study, lines: str | Path | Sequence[RedLine] | None) -> tuple[RedLine, ...]:
    """Return the lines asked for.

    Raises:
        BadInput: there is no file of red lines, or it is not as it should be.
    """
    if isinstance(lines, (list, tuple)):
        return tuple(lines)
    path = study.path / RED_LINES if lines is None else lines
    if lines is None and not (study.path / RED_LINES).exists():
        raise BadInput(
            f"{study.path} has no {RED_LINES}.",
            f"Red lines are what somebody decided on; such as: {EXAMPLE}",
            f"Write {RED_LINES}, or name a file with --lines FILE.",
        )
    return read_red_lines(path)  # type: ignore[arg-type]
