"""What more effort of drawing answers out might add to the scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.assess.headline.claim import Claim, Rest
from tasklaws.assess.headline.maker import Maker
from tasklaws.assess.headline.words import count, listed, percent, points

if TYPE_CHECKING:
    from tasklaws.assess.headline.known import Known


def make(known: Known) -> Claim | None:
    """Return the largest gap of the strongest model that has any; say so where no effort was varied."""
    if known.elicitation is None:
        ways = sorted(known.study.cells()["elicitation"].unique())
        how = (
            f"every attempt was made one way ({ways[0]})"
            if len(ways) == 1
            else f"efforts of {listed(ways)} are not stated"
        )
        text = f"Whether more tries, prompting or tools would raise these scores was not tested: {how}."
        return Claim("elicitation", text, "observed", (Rest("effort curves", known.verb("elicit")),))
    gaps = _of_strongest(known)
    if not gaps:
        return None
    most = max(gaps, key=lambda row: (row["gap"], row["family"]))
    model, family = most["model"], most["family"]
    return Claim(
        "elicitation",
        f"With ever more effort ({most['elicitation']}), {model} might gain {points(most['gap'])} on "
        f"{family} "
        f"(90\u00a0% interval {100 * most['lower']:.1f} to {100 * most['upper']:.1f}), the largest of "
        f"{count(len(gaps), 'estimated gap')}.",
        "guess",
        (Rest("effort curves", known.verb("elicit"), len(gaps)), known.attempts(model, family)),
        _change(known, most),
    )


def _change(known: Known, most: dict[str, Any]) -> str:
    """Return what an effort beyond those tried would have to show."""
    same = ("model", "family", "elicitation")
    rows = known.elicitation["rows"] if known.elicitation else ()
    tried = [row for row in rows if all(row[key] == most[key] for key in same)]
    last = max(tried, key=lambda row: row["at"])
    upper = last["score"] + most["upper"]
    more = f", or one that goes above {percent(upper)}" if upper < 1 else ""
    still = f"still scores {percent(last['score'])} on {most['family']}"
    return f"More than {last['effort']} that {still}: no gain{more}."


def _of_strongest(known: Known) -> list[dict[str, Any]]:
    """Return the trustworthy gaps of the model highest on the ladder that has some."""
    rows = known.elicitation["gaps"] if known.elicitation else ()
    sound = [row for row in rows if row["gap"] is not None and row["upper"] is not None and not row["reason"]]
    order = (*known.rungs, known.top)
    placed = [row for row in sound if row["model"] in order]
    best = max((order.index(row["model"]) for row in placed), default=None)
    return [row for row in placed if order.index(row["model"]) == best]


CLAIM = Maker("elicitation", 80, make)
