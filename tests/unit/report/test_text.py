from __future__ import annotations

import pytest

from tasklaws.report.text import NBSP, count, interval, magnitude, percent, plain, points, stated, visible


def test_visible_spells_out_what_reorders_or_hides() -> None:
    assert visible("gpt\u202egnp\u200b") == "gpt\\u202egnp\\u200b"
    assert visible("tab\tand\x1b").isprintable()
    assert visible("名前 é <b>") == "名前 é <b>"


def test_visible_keeps_long_names_whole() -> None:
    assert visible("L" * 256) == "L" * 256


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (0.25, "0.25"),
        (302e6, "302M"),
        (1.209e9, "1.21B"),
        (3e11, "300B"),
        (2e20, "2e+20"),
        (1024, "1.02K"),
    ],
)
def test_magnitude_writes_large_counts_with_suffix(value: float, text: str) -> None:
    assert magnitude(value) == text


def test_numbers_carry_their_units() -> None:
    assert percent(0.9149) == f"91.5{NBSP}%"
    assert points(2.05, 2) == f"2.05{NBSP}points"
    assert count(1, "family", "families") == f"1{NBSP}family"
    assert count(1204, "family", "families") == f"1,204{NBSP}families"
    assert plain(1234567.0) == "1,234,567"


def test_stated_gives_the_reason_of_a_null() -> None:
    document = {"mae": None, "mae_reason": "no fold", "crps": None, "reason": "too short", "skill": 0.2}
    assert stated(document, "mae", points) == "not defined: no fold"
    assert stated(document, "crps", points) == "not defined: too short"
    assert stated(document, "skill", percent) == f"20.0{NBSP}%"
    assert stated({}, "mae", points) == "not defined: no reason was recorded"


def test_interval_with_one_end_is_undefined() -> None:
    assert interval(0.1, None).startswith("not defined")
    assert interval(0.1, 0.2) == f"10.0{NBSP}% to 20.0{NBSP}%"
