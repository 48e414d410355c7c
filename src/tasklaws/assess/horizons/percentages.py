"""Shares of success and of intervals, as verbs take them: whole percentages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.spec.bounds import whole

if TYPE_CHECKING:
    from collections.abc import Sequence

LARGEST = 99


def refuse_success(success: Sequence[int]) -> None:
    """Raise where no share of success is asked for, or one that cannot be.

    Raises:
        BadInput: as it says.
    """
    if not success:
        raise BadInput("no success is asked for.", "Name one at least.", "Write --success 50,80.")
    for one in success:
        refuse_percent(one, "a share of success")


def refuse_percent(value: int, what: str) -> None:
    """Raise where a share in percent cannot be.

    Raises:
        BadInput: it is no whole number from 1 to 99.
    """
    whole(value, 1, f"{what} in percent")
    if value > LARGEST:
        raise BadInput(
            f"{what} is {value} %.", "It is a whole percentage from 1 to 99.", "Write 80 for 80 %."
        )
