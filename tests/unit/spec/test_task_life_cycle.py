"""States of a version of a task, and what each step needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.spec.life_cycle import (
    STATES,
    Standing,
    check_adjust,
    check_freeze,
    check_retire,
    next_version,
    numbers_of,
    same_version,
)

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("standing", "state"),
    [
        (Standing(), "draft"),
        (Standing(pilots=1), "piloted"),
        (Standing(baselines=2), "piloted"),
        (Standing(frozen=True), "frozen"),
        (Standing(pilots=3, frozen=True), "frozen"),
        (Standing(baselines=1, frozen=True), "baselined"),
        (Standing(pilots=1, baselines=1, frozen=True, retired=True), "retired"),
        (Standing(retired=True), "retired"),
    ],
)
def test_facts_make_the_state(standing: Standing, state: str) -> None:
    assert standing.state == state


def test_the_states_stand_in_their_order() -> None:
    assert list(STATES) == ["draft", "piloted", "frozen", "baselined", "retired"]


DRAFT, PILOTED, FROZEN = Standing(), Standing(pilots=1), Standing(pilots=1, frozen=True)
BASELINED, RETIRED = Standing(1, 1, frozen=True), Standing(retired=True)


@pytest.mark.parametrize(
    ("call", "what"),
    [
        (lambda: check_adjust("t", FROZEN, new_version=False), "task 't' is frozen"),
        (lambda: check_adjust("t", BASELINED, new_version=False), "task 't' is baselined"),
        (lambda: check_adjust("t", RETIRED, new_version=True), "task 't' is retired"),
        (lambda: check_freeze("t", DRAFT, without_pilot=False), "task 't' is a draft"),
        (lambda: check_freeze("t", RETIRED, without_pilot=True), "task 't' is retired"),
        (lambda: check_retire("t", RETIRED), "task 't' is retired"),
        (lambda: check_retire("a\x1b[2Jb", RETIRED), r"'a\x1b[2Jb'".replace("\\", "\\\\")),
    ],
)
def test_what_a_state_forbids_is_refused_in_three_parts(call: Callable[[], None], what: str) -> None:
    with pytest.raises(BadInput) as error:
        call()
    assert what in error.value.what
    assert all((error.value.need, error.value.way_out))
    assert "\x1b" not in str(error.value)


def test_what_a_state_allows_is_not_refused() -> None:
    for standing in (DRAFT, PILOTED):
        check_adjust("t", standing, new_version=False)
    for standing in (FROZEN, BASELINED):
        check_adjust("t", standing, new_version=True)
    check_freeze("t", PILOTED, without_pilot=False)
    check_freeze("t", DRAFT, without_pilot=True)
    for standing in (DRAFT, PILOTED, FROZEN, BASELINED):
        check_retire("t", standing)


@pytest.mark.parametrize(
    ("version", "taken", "after"),
    [
        (None, (), "2"),
        ("1", (), "2"),
        ("9", (), "10"),
        ("v2", (), "v3"),
        ("1.0", (), "1.1"),
        ("main", (), "main-2"),
        ("main-2", (), "main-3"),
        ("", (), "-2"),
        ("1", ("2", "3", None), "4"),
        ("main", ("main-2",), "main-3"),
    ],
)
def test_the_next_version_is_one_on_and_free(
    version: str | None, taken: tuple[str | None, ...], after: str
) -> None:
    assert next_version(version, taken) == after


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [("1", "1.0", True), ("v2", " 2 ", True), ("1", "2", False), (None, "7", True), ("7", None, True),
     ("main", "main", True), ("main", "1", False), ("1", "main", False), ("0", "0.0", True)],
)  # fmt: skip
def test_versions_are_the_same_where_nothing_tells_them_apart(
    first: str | None, second: str | None, same: bool
) -> None:
    assert same_version(first, second) is same
    assert same_version(second, first) is same


def test_numbers_of_a_version() -> None:
    assert numbers_of("V1.2.0") == (1, 2)
    assert numbers_of("0.0") == (0,)
    assert numbers_of("1.2rc1") is None
    assert numbers_of(None) is None
