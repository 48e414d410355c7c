"""Past cards of every family of real ladders, at the same thresholds as in simulated worlds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tests.characteristics.red_line_figures import Cards, bins, calibration, scores
from tests.characteristics.red_line_worlds import THRESHOLDS

from tasklaws.assess.red_lines.folds import forecast_folds
from tasklaws.assess.red_lines.past import cards_of, lead
from tasklaws.assess.selection import select
from tasklaws.spec.red_lines import RedLine
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasklaws.assess.red_lines.past import PastCard

ALERT = 0.1


def figures(study: str | Path) -> dict[str, Any]:
    """Return calibration, scores and leads of the cards of a study that was evaluated already."""
    selection = select(Study(study))
    folds = forecast_folds(selection)
    families = selection.cells["task_family"].unique().sort().to_list()
    lines = [RedLine(f"{name} {at:g}", name, at) for name in families for at in THRESHOLDS]
    made = [cards_of(selection, folds, line) for line in lines]
    known = [card for cards in made for card in cards if _scored(card)]
    found = _leads(made)
    crossed, cards = [one for one in found if one is not None], _cards(known)
    return {
        "families": len(families), "models": len({card.target for card in known}),
        "blocks": len({card.block for card in known}), "lines_crossed": len(crossed),
        "mean_lead": float(np.mean(crossed)) if crossed else None,
        "missed": float(np.mean(np.array(crossed) == 0)) if crossed else None,
        "calibration": calibration(cards), "scores": scores(cards), "bins": bins(cards),
    }  # fmt: skip


def _scored(card: PastCard) -> bool:
    return card.counts and card.p_cross is not None and card.persistence is not None


def _leads(made: Sequence[Sequence[PastCard]]) -> list[int | None]:
    """Return the lead of each line in each lineage."""
    lineages = {card.lineage for cards in made for card in cards}
    return [
        lead([card for card in cards if card.lineage == one], ALERT) for cards in made for one in lineages
    ]


def _cards(cards: Sequence[PastCard]) -> Cards:
    blocks = {block: i for i, block in enumerate(dict.fromkeys(card.block for card in cards))}
    return Cards(
        np.array([card.p_cross for card in cards], dtype=float),
        np.array([card.persistence for card in cards], dtype=float),
        np.array([card.crossed for card in cards], dtype=float),
        np.array([blocks[card.block] for card in cards]),
    )
