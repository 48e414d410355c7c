"""Claims: what a study says, in sentences that a newcomer can read and check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.assess.headline.forecasts import shown_forecast
from tasklaws.assess.headline.maker import in_order
from tasklaws.core.errors import NoAnswer

if TYPE_CHECKING:
    from tasklaws.assess.headline.claim import Claim
    from tasklaws.assess.headline.known import Known


@dataclass(frozen=True)
class Headline:
    """The claims of a study, the most important first."""

    title: str
    claims: tuple[Claim, ...]
    forecast: dict[str, Any] | None = None
    """Target, and families with quantiles and outcomes, of the forecast that a chart shows."""
    warnings: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the keys of `interfaces.md`."""
        return {
            "title": self.title,
            "claims": [claim.document() for claim in self.claims],
            "forecast": self.forecast,
            "warnings": list(self.warnings),
        }


def headline_of(known: Known) -> Headline:
    """Return what a study says in plain sentences, each with what it rests on and what would overturn it.

    Args:
        known: the study, with the answers of verbs that are known already.

    Raises:
        NoAnswer: the study has no results.
        VerificationFailed: the log or a sealed forecast is not what was written.
    """
    if not known.cells.height:
        raise NoAnswer(
            "no-results",
            f"study {known.study.settings.name!r} has no results.",
            "Claims are made of what models scored.",
            "Import or run something first: tasklaws import, tasklaws run.",
        )
    made = (maker.make(known) for maker in in_order())
    claims = tuple(claim for claim in made if claim is not None)
    return Headline(
        known.study.settings.name, claims, shown_forecast(known), tuple(known.study.log.warnings())
    )
