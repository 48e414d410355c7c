"""What the study cannot tell: harness, limits, few rungs, and tasks that were changed afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tasklaws.assess.blocks import LEAST_BLOCKS
from tasklaws.assess.harness_card import harness_cards
from tasklaws.assess.headline.claim import Claim, Rest
from tasklaws.assess.headline.maker import Maker
from tasklaws.assess.headline.words import count, estimate, percent
from tasklaws.core.proportions import jeffreys
from tasklaws.study.folder import LOG_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.assess.headline.known import Known

WORTH_TELLING = 0.02
"""Share of attempts ended by a limit from which it is told."""
AFTERWARDS = ("adjust", "retire")
"""Lines of the log that change tasks after they were used."""


def make(known: Known) -> Claim | None:
    """Return the gaps that matter most; None where there are none."""
    gaps = list(_gaps(known))
    if not gaps:
        return None
    told = [gap for gap, _ in gaps]
    return Claim(
        "unknown",
        f"Not known: {'; '.join(told)}.",
        "observed",
        (Rest("log", LOG_FILE, len(known.study.log.entries())), Rest("harnesses", known.verb("budget"))),
        f"{' '.join(need for _, need in gaps[:2])}",
    )


def _gaps(known: Known) -> Iterator[tuple[str, str]]:
    """Yield what is not known, with what would tell."""
    yield from _limits(known)
    yield from _harness(known)
    sizes = _sizes(known)
    if not known.rungs:
        yield (
            "how scores grow with size or date, as no ladder orders the models",
            "A ladder.toml with their sizes or dates.",
        )
    elif sizes < LEAST_BLOCKS + 2:
        yield (
            f"whether the law holds beyond {count(sizes, 'size')}",
            f"{count(LEAST_BLOCKS + 2 - sizes, 'more size')}.",
        )
    changed = sum(entry.kind in AFTERWARDS for entry in known.study.log.entries())
    if changed:
        yield (
            f"what {count(changed, 'change')} of tasks after their first use did to the scores",
            "The same models at the tasks as they first were.",
        )


def _sizes(known: Known) -> int:
    if known.selection is None:
        return 0
    return len({known.selection.ladder.size_of(name) for name in known.rungs})


def _limits(known: Known) -> Iterator[tuple[str, str]]:
    """Yield what the attempts of the top model that a limit ended would have come to."""
    own = known.of(known.top) if known.top else known.cells.head(0)
    if not own.height or own["n_limit"].null_count() == own.height:
        yield "how many attempts a limit ended", "Imports of single attempts with how they ended."
        return
    limited, tried = int(own["n_limit"].fill_null(0).sum()), int(own["n"].sum())
    if limited >= WORTH_TELLING * tried:
        lower, upper = jeffreys(limited, tried)
        share = estimate(limited / tried, lower, upper)
        what = f"what the {share} of attempts of {known.top} that a limit ended would have come to"
        yield what, f"{known.top} under limits that end fewer."


def _harness(known: Known) -> Iterator[tuple[str, str]]:
    runs = known.study.runs()
    if not runs.height:
        return
    stated = known.study.settings.run.harness
    cards = harness_cards(runs, (), stated)
    silent = [card for card in cards if card.limits is None]
    share = sum(card.attempts for card in silent) / max(1, sum(card.attempts for card in cards))
    if silent and share > 0:
        models = runs.filter(pl.col("harness_id").fill_null("default").is_in([c.harness_id for c in silent]))
        some = "all" if share == 1 else f"{percent(share)} of"
        by = count(models["model"].n_unique(), "model")
        need = "Their harness in study.toml, or logs that state it."
        yield f"under what limits {some} attempts were made ({by})", need


CLAIM = Maker("unknown", 90, make)
