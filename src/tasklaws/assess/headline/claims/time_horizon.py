"""How long tasks may be, in human time, for the top model to succeed at half of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.assess.headline.claim import Claim, Rest
from tasklaws.assess.headline.maker import Maker
from tasklaws.assess.headline.words import NBSP, minutes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.assess.headline.known import Known

CURVE, HALF = "log_logistic", 50
CHOICES = {"limits": "attempts that a limit ended", "invalid_success": "successes by tampering"}
"""Choice of counting -> what is counted."""
WAYS = {"drop": "left out", "censor": "taken as cut short", "success": "taken as successes"}
SPREAD = 1.1
"""Factor from which another way of counting is worth telling."""


def make(known: Known) -> Claim | None:
    """Return the 50 % time horizon of the top model."""
    row = _row(known)
    if row is None:
        return None
    level = known.time_horizons["settings"]["level"] if known.time_horizons else 95
    return Claim(
        "time_horizon",
        _text(row, level),
        "derived" if row["status"] == "ok" else "guess",
        (Rest("time horizons", known.verb("horizon"), int(row["attempts"])), *known.parts(row["alias"])),
        _change(row),
    )


def _row(known: Known) -> dict[str, Any] | None:
    rows = known.time_horizons["rows"] if known.time_horizons else ()
    wanted = (r for r in rows if r["alias"] == known.top and r["curve"] == CURVE and r["success"] == HALF)
    return next(wanted, None)


def _text(row: Mapping[str, Any], level: int) -> str:
    name, tasks = row["alias"], f"{row['tasks']}{NBSP}tasks with human times"
    if row["minutes"] is None:
        return f"{name} has no time horizon on {tasks}: {(row['reason'] or row['status']).rstrip('.')}."
    low = "no lower end" if row["lower"] is None else minutes(row["lower"])
    high = "no upper end" if row["upper"] is None else minutes(row["upper"])
    beyond = "" if row["status"] == "ok" else ", beyond the tasks that were tried"
    told = f"{minutes(row['minutes'])} ({level}{NBSP}% interval {low} to {high})"
    return f"{name} succeeds at half of the tasks that take people {told}{beyond}: a curve through {tasks}."


def _change(row: Mapping[str, Any]) -> str | None:
    """Return what the other ways of counting the same attempts make of it, or how far tasks reach."""
    own, other = row["minutes"], row["sensitivity"] or {}
    told = [
        f"{CHOICES[choice]} {WAYS[way]}, it is {minutes(value)}"
        for choice, ways in other.items()
        for way, value in ways.items()
        if choice in CHOICES and way in WAYS and own and value
        and not 1 / SPREAD < value / own < SPREAD
    ]  # fmt: skip
    if told:
        return f"Counting otherwise: with {told[0]}."
    if own and row["shortest"] is not None:
        return (
            f"Human times that are wrong together: at twice the stated times it is {minutes(2 * own)}. Tasks "
            f"reach from {minutes(row['shortest'])} to {minutes(row['longest'])}."
        )
    return None


CLAIM = Maker("time_horizon", 70, make)
