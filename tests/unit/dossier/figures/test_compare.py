"""A digit that does not follow from the evidence is named, and rounding is none."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.dossier.made_up import made_up

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import canonical_json
from tasklaws.dossier.figures import BLOCKS, differences, printed
from tasklaws.dossier.figures._unread import Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]


def leaves(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield every value of a document that holds no other, with its place."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, one in items:
            yield from leaves(one, (*at, key))
    else:
        yield at, value


def changed(document: Any, at: Path, value: Any) -> Any:
    whole = copy.deepcopy(document)
    inner = whole
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return whole


def other(name: str, value: Any) -> Any:
    """Return the least that a forger could change."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case float():
            return round(value + 10.0 ** -(3 if name in {"crps", "mae"} else 4), 4)
        case str():
            return f"{value}."
        case _:
            return 0.0


@pytest.mark.parametrize("block", BLOCKS)
def test_every_changed_value_of_every_block_is_found_and_named(block: str) -> None:
    found = {block: made_up()[block]}
    assert differences(found, found) == ()
    for at, value in leaves(found):
        name = str(at[-1])
        (failure, *more) = differences(changed(found, at, other(name, value)), found)
        named = [one.file for one in (failure, *more)]
        assert any(one.startswith(f"dossier.json: {block}") for one in named)
        if len(named) == 1:
            assert failure.expected != failure.found


def test_a_place_and_both_values_are_named() -> None:
    rows = made_up()["results"]
    said = changed({"results": rows}, ("results", 3, "score"), 0.7501)
    (failure,) = differences(said, {"results": rows})
    assert failure.file == "dossier.json: results[3].score"
    assert (failure.expected, failure.found) == ("0.75", "0.7501")


def test_rounding_is_no_difference_and_one_unit_of_the_last_digit_is() -> None:
    rng = np.random.default_rng(0)
    for name, digits in (("score", 4), ("crps", 3), ("log_score", 4), ("p", 4)):
        values = rng.uniform(-3, 3, 300).tolist()
        exact = {"b": [{name: value} for value in values]}
        said = json.loads(canonical_json(printed(exact)))
        assert differences(said, exact) == ()
        unit = 10.0**-digits
        up = {"b": [{name: round(row[name] + unit, digits)} for row in said["b"]]}
        assert len(differences(up, exact)) == len(values)


def test_a_figure_between_two_digits_may_be_printed_as_either_but_with_no_digits_more() -> None:
    between = {"b": {"score": 0.03125}}
    assert differences({"b": {"score": 0.0312}}, between) == ()
    assert differences({"b": {"score": 0.0313}}, between) == ()
    assert differences({"b": {"score": 0.03125}}, between)


def test_null_stands_for_no_number_and_true_for_no_count() -> None:
    for said, found in ((None, 0.0), (0.0, None), (True, 1), (1, True), ("1", 1), (float("nan"), 0.5)):
        assert differences({"b": said}, {"b": found})
    assert differences({"b": None}, {"b": None}) == ()
    assert differences({"b": 40}, {"b": 40.0}) == ()


def test_rows_that_are_gone_added_or_moved_are_named_by_what_they_are() -> None:
    rows = made_up()["results"]
    (gone,) = differences({"results": rows[1:]}, {"results": rows})
    assert (gone.file, gone.found) == ("dossier.json: results[0]", "missing")
    (added,) = differences({"results": rows}, {"results": rows[1:]})
    assert (added.file, added.expected) == ("dossier.json: results[0]", "no such value")
    (moved,) = differences({"results": rows[::-1]}, {"results": rows})
    assert (moved.file, moved.found) == ("dossier.json: results", "the same rows in another order")
    assert differences({"results": [*rows, rows[0]]}, {"results": rows})


def test_keys_and_whole_blocks_that_are_gone_are_named() -> None:
    whole = {name: made_up()[name] for name in ("elicitation", "ladder")}
    (block,) = differences({"ladder": whole["ladder"]}, whole)
    assert (block.file, block.found) == ("dossier.json: elicitation", "missing")
    fewer = copy.deepcopy(whole)
    del fewer["elicitation"]["best_of"]
    (key,) = differences(fewer, whole, "edition.json")
    assert key.file == "edition.json: elicitation.best_of"
    assert differences(whole, fewer)


def test_what_is_printed_is_canonical_and_has_its_digits() -> None:
    made = {
        "crps": 1.23456,
        "score": -0.00001,
        "n": 7,
        "none": None,
        "rows": [{"p": 1 / 3}],
        "text": "1.23456",
    }
    assert printed(made) == {
        "crps": 1.235, "score": 0.0, "n": 7, "none": None, "rows": [{"p": 0.3333}], "text": "1.23456",
    }  # fmt: skip
    assert str(printed(made)["score"]) == "0.0"


def test_what_this_machine_cannot_read_is_held_against_nobody_and_never_printed() -> None:
    unread = {"preregistration": [{"target": "m", "anchor": Unread("rfc3161, not read"), "sealed_seq": 1}]}
    said = {"preregistration": [{"target": "m", "anchor": "rfc3161 2026-01-02T00:00:00Z", "sealed_seq": 1}]}
    assert differences(said, unread) == ()
    assert differences({"preregistration": []}, unread)
    assert differences(changed(said, ("preregistration", 0, "anchor"), None), unread)
    assert differences(changed(said, ("preregistration", 0, "sealed_seq"), 2), unread)
    with pytest.raises(BadInput, match="sign"):
        printed(unread)
