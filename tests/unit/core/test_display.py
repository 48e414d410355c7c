from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasklaws.core.display import UNSHOWN, confusable_names, shown, strange_names


@pytest.mark.parametrize(
    ("raw", "visible"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("gpt\u202e4", "gpt\\u202e4"),
        ("a\u200bb", "a\\u200bb"),
        ("a\ud800", "a\\ud800"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("grün 模型", "grün 模型"),
        ("\U000e0001", "\\U000e0001"),
    ],
)
def test_shown_escapes_what_steers(raw: str, visible: str) -> None:
    assert shown(raw) == visible


def test_shown_cuts_long_names() -> None:
    assert shown("m" * 1000, longest=10) == "m" * 9 + "…"


@settings(deadline=None)
@given(st.text())
def test_shown_never_lets_a_steering_character_through(text: str) -> None:
    assert not any(unicodedata.category(char) in UNSHOWN for char in shown(text))


def test_strange_names_are_those_with_steering_characters() -> None:
    assert strange_names(["plain", "a\u200bb", "ok"]) == ["a\u200bb"]


def test_confusable_names_read_alike() -> None:
    assert confusable_names(["GPT-4", "gpt-4", "gpt\u200b-4", "gpt-5", "ｇpt-5"]) == [
        ("GPT-4", "gpt-4", "gpt\u200b-4"),
        ("gpt-5", "ｇpt-5"),
    ]
