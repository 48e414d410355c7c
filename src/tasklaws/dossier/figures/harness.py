"""The block `harness`: under what limits attempts were made; what nothing says stays absent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import NOT_APPLICABLE, NOT_GRANTED, absent
from tasklaws.dossier.figures._attempts import attempts_by
from tasklaws.dossier.figures._block import SCORES, Block

if TYPE_CHECKING:
    from tasklaws.assess.harness_card import HarnessCard
    from tasklaws.dossier.figures._seen import Seen

NOT_SAID = "neither the attempts nor study.toml say"
NO_LIMIT = "no such limit was set"
LIMITS = ("token_limit", "time_limit", "message_limit")


def harness(seen: Seen) -> list[dict[str, Any]]:
    """Return one row per harness, by its name."""
    from tasklaws.assess.harness_card import harness_cards

    one_each = seen.runs().unique("harness_id", keep="first", maintain_order=True)
    cards = {card.harness_id: card for card in harness_cards(one_each, (), seen.settings.run.harness)}
    return [
        _row(name, row["n_attempts"], cards.get(name))
        for name, row in attempts_by(seen, "harness_id").items()
    ]


def _row(name: str, n_attempts: int, card: HarnessCard | None) -> dict[str, Any]:
    return {
        "harness_id": name,
        "n_attempts": n_attempts,
        **{limit: _limit(card, limit) for limit in LIMITS},
        "tools": list(card.tools) if card and card.tools is not None else _unknown(),
        "sandbox": _unknown(),
        "versions": _unknown(),
    }


def _limit(card: HarnessCard | None, name: str) -> Any:  # noqa: ANN401
    if card is None or card.limits is None:
        return _unknown()
    limit = card.limits.get(name)
    return limit if limit is not None else absent(NOT_APPLICABLE, NO_LIMIT)


def _unknown() -> dict[str, str]:
    return absent(NOT_GRANTED, NOT_SAID)


BLOCK = Block(harness, SCORES)
