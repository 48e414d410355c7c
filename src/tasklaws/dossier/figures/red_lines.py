"""The block `red_lines`: how likely the next model crosses each line that somebody drew beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import NoAnswer
from tasklaws.dossier.absent import NOT_APPLICABLE, NOT_GRANTED, absent
from tasklaws.dossier.figures._block import MEASURED, Block
from tasklaws.spec.red_lines import RED_LINES

if TYPE_CHECKING:
    from tasklaws.assess.red_lines.card import Card
    from tasklaws.dossier.figures._seen import Seen
    from tasklaws.spec.red_lines import RedLine


def red_lines(seen: Seen) -> Any:  # noqa: ANN401
    """Return one row per red line and lineage, or why there is none."""
    if not (seen.path / RED_LINES).exists():
        return absent(NOT_APPLICABLE, f"the study has no {RED_LINES}")
    from tasklaws.assess.red_lines.verb import redline

    try:
        return [_row(card) for card in redline(seen).cards]
    except NoAnswer as error:
        return absent(NOT_GRANTED, error.what)


def _row(card: Card) -> dict[str, Any]:
    line, step = card.line, card.next
    return {
        "line": line.name,
        "family": line.family,
        "threshold": line.threshold,
        "margin": line.margin,
        "definition": _definition(line),
        "target": step.target if step else None,
        "p_cross": step.p_cross if step else None,
        "verdict": card.verdict,
        "lead": card.lead,
        "score": card.seen.score,
        "score_lower": card.seen.lower,
        "score_upper": card.seen.upper,
        "text": card.text,
    }


def _definition(line: RedLine) -> str:
    """Return what the line is about, why it stands there, and who decides."""
    of = f"mean score over the tasks of {line.family}; metric {line.metric}, elicitation {line.elicitation}"
    why = " ".join(line.argument.split()) or "no argument is given"
    return f"{of}; {why}; decided by {line.decided_by or 'nobody named'}"


BLOCK = Block(
    red_lines, (*MEASURED, RED_LINES, "forecasts/*", "models/*.json", "internals.json", "controls.json")
)
