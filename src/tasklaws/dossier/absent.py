"""A value that is not there, said in the open: not granted, or not applicable, with the reason."""

from __future__ import annotations

from typing import Any

NOT_GRANTED, NOT_APPLICABLE = "not-granted", "not-applicable"
STATUSES = (NOT_GRANTED, NOT_APPLICABLE)


def absent(status: str, reason: str) -> dict[str, str]:
    """Return the stand-in of a value that is not there.

    Args:
        status: ``not-granted`` (somebody could give it) or ``not-applicable`` (there is none).
        reason: why.
    """
    return {"status": status, "reason": reason}


def is_absent(value: Any) -> bool:  # noqa: ANN401 - any value of a document
    """Return whether `value` stands in for one that is not there."""
    return isinstance(value, dict) and value.keys() == {"status", "reason"} and value["status"] in STATUSES
