"""The block `stress_tests`: what changes of circumstance would do to the scores, where the study tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.figures._block import MEASURED, Block

if TYPE_CHECKING:
    from tasklaws.dossier.figures._seen import Seen


def stress_tests(seen: Seen) -> list[dict[str, Any]]:
    """Return one row per scenario of the catalogue."""
    from tasklaws.dossier import stress

    return stress.stress_tests(seen, seen.subject)


BLOCK = Block(stress_tests, (*MEASURED, "models/*.json", "internals.json", "controls.json"))
