"""Coverage maps: decided by fields alone, every status within reach, nothing gained by what is not there."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.dossier.answered import answered, at, put
from tests.unit.dossier.made_up import made_up, not_granted

from tasklaws.dossier.coverage.coverage import (
    ABSENT,
    FULL,
    MAPS,
    MINIMUM,
    NOT_APPLICABLE,
    coverage_of,
    criteria,
)
from tasklaws.dossier.coverage.need import ANY_KEY, places
from tasklaws.dossier.document import faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tests.unit.dossier.answered import Place

    from tasklaws.dossier.coverage.coverage import Criterion
    from tasklaws.dossier.coverage.need import Need

EVERY = [one for name in MAPS for one in criteria(name)]
GROUPS = {
    "Threat relevance": ["1(i)", "1(ii)", "1(iii)"],
    "Test construction, grading and scoring": [
        *("2(i)", "2(ii)", "2(iii)", "2(iv-a)", "2(iv-b)", "2(iv-c)", "2(v-a)", "2(v-b)", "2(v-c)"),
    ],
    "Elicitation": ["3(i)", "3(ii)", "3(iii)"],
    "Model performance": ["4(i)", "4(ii)", "4(iii)"],
    "Baseline": ["5(i-a)", "5(i-b)", "5(i-c)", "5(ii-a)", "5(ii-b)"],
    "Interpretation": ["6(i)", "6(ii)", "6(iii)", "6(iv)", "6(v)"],
}


def named(one: Criterion) -> str:
    return one.id


def best(one: Criterion) -> dict[str, Any]:
    """Return the document that answers a criterion best."""
    return answered(
        people=any("human/" in need.like for need in (*one.full, *one.applies) if need.quantifier != "none")
    )


def under(document: Any, keys: Sequence[str], place: Place = ()) -> Iterator[Place]:
    """Yield the places under a dotted path."""
    if isinstance(document, list):
        for index, row in enumerate(document):
            yield from under(row, keys, (*place, index))
    elif not keys:
        yield place
    else:
        for key in document if keys[0] == ANY_KEY else keys[:1]:
            yield from under(document[key], keys[1:], (*place, key))


def without(document: dict[str, Any], *needs: tuple[str, str]) -> dict[str, Any]:
    """Return a document that lacks what lies under these paths and is like their patterns."""
    lacking = deepcopy(document)
    for path, like in needs:
        for place in list(under(lacking, path.split("."))):
            if not like or fnmatchcase(str(at(lacking, place)), like):
                put(lacking, place, not_granted())
    return lacking


def asked(needs: Iterable[Need]) -> set[tuple[str, str]]:
    """Return the paths of conditions, with the pattern of each."""
    return {(path, need.like) for need in needs for path in need.paths}


STRUCTURE = ("tasks.structure", "")


def statuses(document: dict[str, Any]) -> dict[str, str]:
    found = coverage_of(document)
    return {row["id"]: row["status"] for row in (*found["stream"], *found["eu_code"])}


def test_stream_has_its_28_criteria_in_six_groups() -> None:
    rows = coverage_of(made_up())["stream"]
    assert {group: [row["id"] for row in rows if row["group"] == group] for group in GROUPS} == GROUPS
    assert len(rows) == sum(map(len, GROUPS.values())) == 28


@pytest.mark.parametrize("people", [True, False])
def test_the_document_that_answers_everything_is_one_that_can_be(people: bool) -> None:
    document = answered(people=people)
    assert faults(document | {"coverage": coverage_of(document)}) == ()


def test_a_document_is_read_and_left_alone() -> None:
    document, same = made_up(), made_up()
    found = coverage_of(document)
    assert document == same
    assert found == coverage_of(document | {"coverage": found})
    assert "own reading" in found["note"]
    assert "not conformance" in found["note"]
    assert set(Counter(row["status"] for row in found["stream"])) == {FULL, MINIMUM, ABSENT, NOT_APPLICABLE}
    assert all(row["reason"] and row["where"] for row in (*found["stream"], *found["eu_code"]))


@pytest.mark.parametrize("one", EVERY, ids=named)
def test_every_status_of_a_criterion_is_within_reach(one: Criterion) -> None:
    document = best(one)
    if one.never:
        assert one.status(without(document, STRUCTURE))[0] == ABSENT
        return
    assert one.status(document)[0] == FULL
    more = asked(one.full) - asked(one.minimum)
    assert more
    assert one.status(without(document, *more))[0] == MINIMUM
    gone = one.status(without(document, *asked(one.minimum)))[0]
    assert gone == (NOT_APPLICABLE if asked(one.applies) == asked(one.minimum) else ABSENT)


@pytest.mark.parametrize("one", [one for one in EVERY if one.full], ids=named)
def test_whatever_a_full_answer_rests_on_lowers_it_when_it_goes(one: Criterion) -> None:
    document = best(one)
    for need in (*one.minimum, *one.full):
        assert one.status(without(document, *asked([need])))[0] != FULL, need


@pytest.mark.parametrize("one", EVERY, ids=named)
def test_maps_ask_for_fields_that_a_document_has(one: Criterion) -> None:
    document = answered(people=True)
    for need in (*one.minimum, *one.full, *one.applies):
        for path in need.paths:
            assert all(at(document, place) is not None for place in under(document, path.split("."))), path


def test_what_does_not_apply_is_told_apart_from_what_is_missing() -> None:
    nobody, people = statuses(answered()), statuses(answered(people=True))
    assert {nobody[f"5(i-{x})"] for x in "abc"} == {people[f"5(ii-{x})"] for x in "ab"} == {NOT_APPLICABLE}
    graded = statuses(without(answered(), STRUCTURE))
    assert {graded[f"2({y}-{x})"] for y in ("iv", "v") for x in "abc"} == {ABSENT}


def test_an_api_alone_loses_what_hangs_on_access() -> None:
    document, before = answered(), statuses(answered())
    document["access"] = {
        kind: not_granted() if kind not in {"rate_limits", "calendar_days", "compute_budget"} else one
        for kind, one in document["access"].items()
    }
    after = statuses(document)
    lost = {name for name in before if before[name] != after[name]}
    assert lost == {"3(ii)", "App. 3.2", "App. 3.4", "7.3(1)(g)"}
    assert after["3(ii)"] == ABSENT
    assert after["App. 3.4"] == MINIMUM


@pytest.mark.parametrize("level", ["none", "described"])
def test_a_level_too_low_is_no_access(level: str) -> None:
    document = answered()
    document["access"]["helpful_only"]["level"] = level
    assert statuses(document)["3(ii)"] == MINIMUM


def test_places_of_a_path_are_those_of_every_row() -> None:
    document = {"rows": [{"a": {"b": 1}}, {"a": not_granted()}, {}], "none": []}
    assert list(places(document, ("rows", "a", "b"))) == [1, not_granted(), None]
    assert list(places(document, ("none", "a"))) == []
    assert list(places({"x": {"p": {"v": 1}, "q": {"v": 2}}}, ("x", ANY_KEY, "v"))) == [1, 2]


def told(one: Criterion) -> str:
    """Return the row of a criterion in the reference."""
    minimum, full = ("; ".join(f"{need}" for need in needs) or "–" for needs in (one.minimum, one.full))
    if one.never:
        minimum, full = f"never: {one.never}", "–"
    where = f" (not applicable where {one.otherwise})" if one.otherwise else ""
    return f"| {one.id} | {one.criterion}{where} | {minimum} | {full} |".replace("*", r"\*")


def test_the_reference_tells_every_criterion_and_what_answers_it(root: Path) -> None:
    text = (root / "docs/reference/coverage-maps.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| no.")]
    assert rows == list(map(told, EVERY))
