"""Access: what the auditor could see and change, what shows it, and why the rest was not granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.rating.access_levels import KINDS, LEVELS
from tasklaws.dossier.sections._blocks import Step, Steps
from tasklaws.dossier.sections._words import file_link, status, told
from tasklaws.report.blocks import Paragraph
from tasklaws.report.text import visible

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

LEGEND = (
    "Described: told in words. Query: asked from outside, as by an API. Read: looked at. "
    "Modify: changed, as by fine-tuning."
)
HEADINGS = ("kind", "level", "what, and what shows it")


def build(document: Document) -> tuple[Any, ...]:
    """Return access by kind."""
    packed = [row["path"] for row in document["evidence"]]
    rows = tuple(_reached(kind, document["access"][kind], packed) for kind in KINDS)
    return (Paragraph(LEGEND), Steps(HEADINGS, rows))


def _reached(kind: str, one: Document, packed: list[str]) -> Step:
    name = visible(kind.replace("_", " "))
    if is_absent(one):
        return Step(name, status(one), _filled("none"), told(one["reason"]))
    amount, note = (told(one[key]) if one[key] else "" for key in ("amount", "note"))
    files = tuple(_evidence(path, packed) for path in one["evidence"]) or ("no evidence is named",)
    return Step(
        name, told(one["level"]), _filled(one["level"]), amount or note, note if amount else "", files
    )


def _filled(level: str) -> tuple[bool, ...]:
    """Return which of the steps above none a level reaches."""
    reached = LEVELS.index(level) if level in LEVELS else 0
    return tuple(step <= reached for step in range(1, len(LEVELS)))


def _evidence(path: str, packed: list[str]) -> Any:  # noqa: ANN401
    """Return a link to evidence, whether named from the folder, from evidence/ or as in the study."""
    named = (f"{start}{path}" for start in ("", "evidence/", "evidence/study/"))
    return file_link(next((one for one in named if one in packed), path), packed)
