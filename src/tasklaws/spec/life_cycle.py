"""The life of one version of a task: its states, and what each step from one to the next needs.

::

    draft --somebody tries it--> piloted --freeze--> frozen --fresh people are timed--> baselined
      ^                             |                   |                                  |
      +---------- adjust -----------+                   +-- adjust, as a new version only --+
                  (a new version is a draft again)                  retire, from anywhere, for good

People's times belong to the version that they were taken at, so an adjustment leaves them behind.

Source: seed 002 (Don't adjust task hardness); formal model, P19 and D10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection

State = Literal["draft", "piloted", "frozen", "baselined", "retired"]

STATES: dict[State, str] = {
    "draft": "nothing: every version starts so",
    "piloted": "a timed attempt of a person at this version",
    "frozen": "the event `freeze`, after a pilot or expressly without one",
    "baselined": "a fresh baseline at this version, after it was frozen",
    "retired": "the event `retire`, with a reason; nothing follows it",
}
"""The states in their order, and what a version needs to get there."""

FIRST = "1"
"""What a version is called that had no name of its own, once another came after it."""

_NUMBERS = re.compile(r"^v?(\d+(?:\.\d+)*)$")
_ENDS_IN_A_NUMBER = re.compile(r"^(.*?)(\d+)$", re.DOTALL)


@dataclass(frozen=True)
class Standing:
    """What is known of one version of a task."""

    pilots: int = 0
    """Timed pilots of this version."""
    baselines: int = 0
    """Timed attempts of fresh people at this version."""
    frozen: bool = False
    retired: bool = False

    @property
    def state(self) -> State:
        """Return the state that these facts make; fresh people who came first are as good as a pilot."""
        if self.retired:
            return "retired"
        if self.frozen:
            return "baselined" if self.baselines else "frozen"
        return "piloted" if self.pilots or self.baselines else "draft"


def check_adjust(task_id: str, standing: Standing, *, new_version: bool) -> None:
    """Raise where a version may not be adjusted.

    Raises:
        BadInput: it is frozen, and no new version is asked for; or it is retired.
    """
    _refuse_retired(task_id, standing)
    if standing.frozen and not new_version:
        raise BadInput(
            f"task {shown(task_id)!r} is {standing.state}.",
            "A frozen version stays as it is: times and scores rest on it.",
            "Make a new version with --new-version; human times of the old one are stale then.",
        )


def check_freeze(task_id: str, standing: Standing, *, without_pilot: bool) -> None:
    """Raise where a version may not be frozen.

    Raises:
        BadInput: nobody has tried it, and that is not said to be meant; or it is retired.
    """
    _refuse_retired(task_id, standing)
    if standing.state == "draft" and not without_pilot:
        raise BadInput(
            f"task {shown(task_id)!r} is a draft: no person's attempt at this version is known.",
            "A task is frozen after a pilot, so that what pilots find is mended first.",
            "Import a pilot (human times of source `pilot`), or freeze with --without-pilot.",
        )


def check_retire(task_id: str, standing: Standing) -> None:
    """Raise where a version may not be retired.

    Raises:
        BadInput: it is retired already.
    """
    _refuse_retired(task_id, standing)


def _refuse_retired(task_id: str, standing: Standing) -> None:
    if standing.retired:
        raise BadInput(
            f"task {shown(task_id)!r} is retired.",
            "A retired task stays as it was.",
            "Make another task with a name of its own.",
        )


def next_version(version: str | None, taken: Collection[str | None] = ()) -> str:
    """Return the version after `version` that is not in `taken`: 2 after none or 1, v3 after v2.

    A name without a number at its end gets one: ``main-2`` after ``main``.
    """
    after = FIRST if version is None else version
    while True:
        found = _ENDS_IN_A_NUMBER.match(after)
        after = f"{found[1]}{int(found[2]) + 1}" if found else f"{after}-2"
        if after not in taken:
            return after


def numbers_of(version: str | None) -> tuple[int, ...] | None:
    """Return the numbers of a version without zeros at its end, (1,) of ``v1.0``; None where it has none."""
    found = _NUMBERS.match(version.strip().lower()) if version else None
    if found is None:
        return None
    numbers = [int(part) for part in found[1].split(".")]
    while numbers[-1] == 0 and len(numbers) > 1:
        numbers.pop()
    return tuple(numbers)


def same_version(first: str | None, second: str | None) -> bool:
    """Return whether nothing tells two versions apart: one is not stated, or both read alike."""
    if first is None or second is None or first == second:
        return True
    numbers = numbers_of(first)
    return numbers is not None and numbers == numbers_of(second)
