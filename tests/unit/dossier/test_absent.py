"""Values that are not there say so."""

from __future__ import annotations

from typing import Any

import pytest

from tasklaws.dossier.absent import STATUSES, absent, is_absent


@pytest.mark.parametrize("status", STATUSES)
def test_what_absent_makes_is_absent(status: str) -> None:
    assert absent(status, "nobody asked") == {"status": status, "reason": "nobody asked"}
    assert is_absent(absent(status, "nobody asked"))


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "not-granted",
        [],
        ["status", "reason"],
        {},
        {"status": "not-granted"},
        {"status": "computed", "reason": "a stress test has a status too"},
        {"status": "not-granted", "reason": "a row of a table", "effect": None},
    ],
)
def test_nothing_else_is_absent(value: Any) -> None:
    assert not is_absent(value)
