from __future__ import annotations

from typing import Any

import pytest

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.signatures.roles import ROLES, conflicts, refuse_conflicts, refuse_unknown_role

PAIRS = (("builder", "rater"), ("runner", "reviewer"))
ABSENT = {"status": "not-granted", "reason": "nobody signs in this role"}


def held(name: Any, key: str) -> dict[str, Any]:
    return {"name": name, "key_id": sha256_hex(key.encode()), "public_key": "PEM"}


def roles(**said: Any) -> dict[str, Any]:
    return dict.fromkeys(ROLES, ABSENT) | said


def test_different_people_with_different_keys_do_not_conflict() -> None:
    said = roles(builder=held("A", "a"), runner=held("B", "b"), rater=held("C", "c"), reviewer=held("D", "d"))
    assert conflicts(said, PAIRS) == ()
    refuse_conflicts(said, PAIRS)


def test_roles_that_may_be_held_together_do_not_conflict() -> None:
    said = roles(builder=held("A", "a"), runner=held("A", "a"))
    assert conflicts(said, PAIRS) == ()


def test_one_key_in_two_conflicting_roles_is_seen_under_any_name() -> None:
    (found,) = conflicts(roles(builder=held("A", "same"), rater=held("B", "same")), PAIRS)
    assert found == f"builder and rater have the same key {sha256_hex(b'same')[:12]}"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Ruth Ater", "Ruth Ater"),
        ("Ruth Ater", "RUTH  ATER "),
        ("Ruth Ater", "Ruth\u00a0Ater"),
        ("Ruth Ater", "Ruth \u200bAter"),
        ("Ruth Ater", "Ｒｕｔｈ　Ａｔｅｒ"),
        ("René Straße", "Rene\u0301 STRASSE"),
    ],
)
def test_one_name_is_seen_however_it_is_spelled(first: str, second: str) -> None:
    (found,) = conflicts(roles(builder=held(first, "a"), rater=held(second, "b")), PAIRS)
    assert "the same name" in found


def test_every_conflict_is_told_at_once() -> None:
    said = roles(builder=held("A", "a"), rater=held("A", "b"), runner=held("C", "c"), reviewer=held("D", "c"))
    assert len(conflicts(said, PAIRS)) == 2
    with pytest.raises(BadInput) as caught:
        refuse_conflicts(said, PAIRS)
    assert "builder and rater" in caught.value.what
    assert "runner and reviewer" in caught.value.what
    assert "must not rate their own debt" in caught.value.need
    assert caught.value.way_out


def test_roles_that_nobody_holds_do_not_conflict() -> None:
    assert conflicts(roles(rater=held("A", "a")), PAIRS) == ()
    assert conflicts({}, PAIRS) == ()


def test_names_that_are_not_given_are_not_the_same_name() -> None:
    assert conflicts(roles(builder=held(ABSENT, "a"), rater=held(ABSENT, "b")), PAIRS) == ()


def test_an_unknown_role_is_refused() -> None:
    for role in ROLES:
        refuse_unknown_role(role)
    with pytest.raises(UnknownName, match="Did you mean 'rater'"):
        refuse_unknown_role("ratter")
