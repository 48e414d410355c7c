"""The block `elicitation`: how answers were drawn out, and what more effort would add for the rated model."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import NOT_APPLICABLE, NOT_GRANTED, absent
from tasklaws.dossier.figures._attempts import attempts_by
from tasklaws.dossier.figures._block import SCORES, Block
from tasklaws.dossier.figures._gap import gap_estimate

if TYPE_CHECKING:
    from tasklaws.dossier.figures._seen import Seen

BEST_OF = re.compile(r"best_of_n@(\d+)")
NO_TOKENS = "the attempts do not say"
ONE_EACH = "no elicitation takes the best of several answers"


def elicitation(seen: Seen) -> dict[str, Any]:
    """Return the methods with their attempts, the most answers the best of which counted, and the gap."""
    made = attempts_by(seen, "elicitation")
    tried = [int(found[1]) for name in made if (found := BEST_OF.fullmatch(name))]
    return {
        "methods": [
            {
                "elicitation": name,
                "n_attempts": row["n_attempts"],
                "tokens": absent(NOT_GRANTED, NO_TOKENS) if row["tokens"] is None else row["tokens"],
            }
            for name, row in made.items()
        ],
        "best_of": max(tried) if tried else absent(NOT_APPLICABLE, ONE_EACH),
        "gap_estimate": gap_estimate(seen),
    }


BLOCK = Block(elicitation, (*SCORES, "ladder.toml"))
