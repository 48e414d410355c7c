"""The block `certificates`: whether each family can carry a law, by the checks that decide it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.dossier.figures._block import MEASURED, Block

if TYPE_CHECKING:
    from tasklaws.dossier.figures._seen import Seen


def certificates(seen: Seen) -> list[dict[str, Any]]:
    """Return one row per family and lineage; none where there is no ladder, or the scores are no shares."""
    from tasklaws.assess.certificate import certify
    from tasklaws.assess.evidence import suites

    try:
        found = suites(seen)
    except (NoAnswer, BadInput):
        return []
    made = [certify(suite.evidence(family), informing=False) for suite in found for family in suite.families]
    return [
        {"family": one.family, "lineage": one.lineage, "verdict": one.verdict, "because": list(one.because)}
        for one in made
    ]


BLOCK = Block(certificates, (*MEASURED, "models/*.json", "internals.json", "controls.json"))
