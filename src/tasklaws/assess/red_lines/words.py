"""What a card says, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.assess.verdicts import VERDICTS as FAMILY_VERDICTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tasklaws.assess.red_lines.card import Card

NO_WARNING = (
    "no early warning possible; test every rung, safety margin must be in effective compute, not in score"
)
VERDICTS = {
    "crossed": "crossed",
    "alarm": "alarm",
    "quiet": "quiet",
    "no_early_warning": "no early warning possible",
    "not_enough_data": "not enough data",
}
RARE = 0.001


def percent(value: float) -> str:
    """Return a share as a percentage, whole ones in the middle; below one in a thousand only that."""
    if 0 < value < RARE:
        return "below 0.1 %"
    whole = 0.1 <= value < 0.99 or value == 1  # noqa: PLR2004
    return f"{100 * value:.{0 if whole else 1}f} %"


def text_of(card: Card) -> str:
    """Return a card in a few sentences."""
    return " ".join(part for part in (_stands(card), *_ahead(card), _backed(card), _decides(card)) if part)


def _stands(card: Card) -> str:
    seen = card.seen
    interval = f"90 % interval {percent(seen.lower)} to {percent(seen.upper)}"
    said = (
        f"{seen.model}, the last rung evaluated, scored {percent(seen.score)} ({interval}; "
        f"tasks: {seen.n_tasks}, attempts: {seen.n}) against a line at {percent(card.line.threshold)}."
    )
    if card.crossed_by:
        return f"{said} The line is crossed: {card.crossed_by} was the first rung at or above it{_led(card)}."
    return f"{said}{_no_success(card)}"


def _led(card: Card) -> str:
    """Return how early the forecasts before the crossing had told of it."""
    if card.lead is None:
        return ", and no forecast could be made before it"
    if card.lead == 0:
        return ", and the forecast before it was no alarm"
    if card.lead == 1:
        return ", and the forecast before it was an alarm"
    return f", and an alarm had stood without a break from {card.lead} rungs before"


def _no_success(card: Card) -> str:
    bound, tasks = card.seen.bound, card.seen.bound_by_tasks
    if bound is None or tasks is None:
        return ""
    return (
        f" No attempt succeeded: a rate above {percent(card.zero_success_upper or bound)} would have shown "
        "a success in 95 of 100 such tests; as attempts at one task hang together, "
        f"above {percent(tasks)} is the safer reading."
    )


def _ahead(card: Card) -> Iterator[str]:
    if card.verdict == "no_early_warning":
        h = card.hazard
        yield (
            f"{NO_WARNING[0].upper()}{NO_WARNING[1:]}. No forecaster beats 'as before' by a skill above the "
            f"chance of a crossing at one rung, {percent(h.value)} (90 % interval {percent(h.lower)} to "
            f"{percent(h.upper)}, from {h.sizes} rungs)."
        )
    step = card.next
    if step is None:
        return
    whom = "a guessed rung at the ladder's usual step" if step.guessed else step.target
    said = f"The chance that {whom} scores at or above the line is {percent(step.p_cross)}"
    if abs(step.p_cross_allowed - step.p_cross) >= RARE:
        said += f", and {percent(step.p_cross_allowed)} at {percent(card.threshold_allowed)}, {_why(card)}"
    above = max(step.p_cross, step.p_cross_allowed) >= card.line.alert
    end = "an alarm" if above else "no alarm"
    yield f"{said}: {end}, as alarms begin at {percent(card.line.alert)}."


def _why(card: Card) -> str:
    parts = ["the margin taken off"] if card.line.margin else []
    if card.allowance.value is not None:
        parts.append(f"the allowance for elicitation ({card.allowance.value:.2g} times the score) applied")
    return " and ".join(parts)


def _backed(card: Card) -> str:
    """Return what is missing before anybody may lean on the card."""
    doubts = [card.reason] if card.reason and card.reason != NO_WARNING else []
    if card.allowance.value is None:
        doubts.append(f"no allowance for elicitation ({card.allowance.reason})")
    return f"Missing: {'; '.join(doubts)}." if doubts else ""


def counted(verdicts: Sequence[str], of: int) -> str:
    """Return how many families have each of these verdicts."""
    kinds = [kind for kind in FAMILY_VERDICTS if kind in verdicts]
    return f"{', '.join(f'{verdicts.count(one)} {FAMILY_VERDICTS[one]}' for one in kinds)}, of families: {of}"


def _decides(card: Card) -> str:
    who = card.line.decided_by
    return f"Who decides: {who}." if who else "Nobody is named who decides."
