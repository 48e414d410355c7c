"""Aligned tables and numbers."""

from __future__ import annotations

import pytest

from tasklaws.cli.tables import MOST_ROWS, number, table, text


def test_table_aligns_texts_left_and_numbers_right() -> None:
    rows = [{"name": "a", "n": 5}, {"name": "long", "n": 1200}]
    assert list(table(rows, ("name", "n"))) == ["name     n", "a        5", "long  1200"]


def test_table_undefined_and_absent_are_dashes() -> None:
    assert list(table([{"a": None}], ("a", "b"))) == ["a  b", "-  -"]


def test_table_without_rows_has_its_header() -> None:
    assert list(table([], ("a", "b"))) == ["a  b"]


def test_table_too_long_says_how_much_is_shown() -> None:
    lines = list(table([{"a": i} for i in range(MOST_ROWS + 5)], ("a",)))
    assert len(lines) == MOST_ROWS + 2
    assert lines[-1] == f"showing {MOST_ROWS} of {MOST_ROWS + 5}; --json has all"


def test_table_hostile_name_stays_in_its_cell() -> None:
    lines = list(table([{"a": "x\ny\x1b[2J", "b": 1}], ("a", "b")))
    assert lines[1] == "x\\ny\\x1b[2J  1"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "-"),
        (True, "yes"),
        (False, "no"),
        (0.123456, "0.1235"),
        (3, "3"),
        (["a", None], "a, -"),
        ("x", "x"),
    ],
)
def test_text_of_json_values(value: object, words: str) -> None:
    assert text(value) == words


def test_number_undefined_is_a_dash() -> None:
    assert (number(None), number(1.256), number(0.5, 0)) == ("-", "1.26", "0")
