"""The block `ladder`: the models in the order of `ladder.toml`, with what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import NOT_GRANTED, absent
from tasklaws.dossier.figures._block import Block

if TYPE_CHECKING:
    from tasklaws.dossier.figures._seen import Seen

NOT_SAID = "ladder.toml does not say"


def ladder(seen: Seen) -> list[dict[str, Any]]:
    """Return one row per rung."""
    return [
        {
            "model": rung.model,
            "lineage": rung.lineage,
            "n_params": _said(rung.n_params),
            "loss_nats": _said(rung.loss_nats),
            "loss_corpus": _said(rung.loss_corpus),
            "released": _said(rung.released.isoformat() if rung.released else None),
            "source": _said(rung.source),
        }
        for rung in seen.ladder()
    ]


def _said(value: float | str | None) -> Any:  # noqa: ANN401
    return absent(NOT_GRANTED, NOT_SAID) if value is None else value


BLOCK = Block(ladder, ("ladder.toml", "study.toml"))
