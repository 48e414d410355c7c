"""Every sealed forecast of a study with its bytes checked, and with what came where it can be scored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadInput, NoAnswer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.opening import Opened
    from tasklaws.dossier.figures._seen import Seen
    from tasklaws.study.log import Entry

COUNTED = ("forecast", "conditional")
"""Labels of forecasts that were made before the target's results were there."""
OF_HORIZONS = "a forecast of a time horizon, whose errors are in doublings, not in points"


@dataclass(frozen=True)
class Outcome:
    """A sealed forecast, and how good it was."""

    seal: Entry
    document: Mapping[str, Any]
    """What was sealed."""
    opened: Opened | None
    reason: str | None
    """Why it is not scored."""

    @property
    def counts(self) -> bool:
        """Return whether its scores count as those of a forecast."""
        return self.opened is not None and self.opened.label in COUNTED


def outcomes(seen: Seen) -> tuple[Outcome, ...]:
    """Return the sealed forecasts in the order of the log, opened or not.

    Raises:
        VerificationFailed: the bytes of a forecast are not those that were sealed.
    """
    return seen.once("outcomes", lambda: tuple(_outcome(seen, seal) for seal in seals(seen)))


def seals(seen: Seen) -> list[Entry]:
    """Return the lines of the log that tell of a sealed forecast."""
    return [entry for entry in seen.log.entries() if entry.kind == "seal"]


def _outcome(seen: Seen, seal: Entry) -> Outcome:
    from tasklaws.assess.opening import of_scores, score_sealed, verified_bytes
    from tasklaws.assess.sealed import read_sealed

    content = verified_bytes(seen, seal)
    if not of_scores(seal):
        return Outcome(seal, json.loads(content), None, OF_HORIZONS)
    sealed = read_sealed(content, str(seal.payload["file"]))
    try:
        return Outcome(seal, sealed.document, score_sealed(seen, sealed, seal), None)
    except (NoAnswer, BadInput) as error:
        return Outcome(seal, sealed.document, None, error.what)
