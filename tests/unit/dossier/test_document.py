"""Every field of a document is there and of its kind, or it is found and named."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator
from tests.unit.dossier.answered import answered
from tests.unit.dossier.made_up import forecast, made_up

from tasklaws.core.provenance import canonical_json
from tasklaws.dossier.document import Dossier, faults, json_schema
from tasklaws.dossier.document.schema import schema_text

if TYPE_CHECKING:
    from collections.abc import Iterator

YES = True
Place = tuple[str | int, ...]
PUBLISHED = Path(__file__).parents[3] / "docs" / "reference" / "dossier.schema.json"
MAY_BE_NULL = {
    "study.log_head",
    "access.internals.note", "access.internals.amount",
    "elicitation.gap_estimate.model", "elicitation.gap_estimate.gap",
    "elicitation.gap_estimate.lower", "elicitation.gap_estimate.upper",
    "preregistration.0.outcome_seq", "preregistration.0.outcome_at", "preregistration.0.reason",
    *(f"results.{row}.{name}" for row in range(4) for name in ("k", "reason")),
    *(f"forecast_scores.{name}" for name in ("crps", "mae", "log_score")),
    *(f"forecast_scores.coverage.{level}.reason" for level in (50, 80, 90)), "forecast_scores.skill.reason",
    *(f"forecast_scores.surprises.{name}" for name in ("share", "lower", "upper")),
    *(f"forecast_scores.forecasts.0.{name}" for name in ("crps", "mae", "log_score")),
    "forecast_scores.forecasts.0.best_baseline", "forecast_scores.forecasts.0.skill",
    *(f"forecast_scores.forecasts.0.coverage.{level}" for level in (50, 80, 90)),
    "stress_tests.0.method", "stress_tests.0.reason", "stress_tests.1.method",
    "stress_tests.1.effect", "stress_tests.1.lower", "stress_tests.1.upper",
    *(f"red_lines.0.{name}" for name in ("target", "p_cross", "lead", "score", "score_lower", "score_upper")),
    *(f"rating.drivers.0.{name}" for name in ("value", "lower", "upper", "used")),
    "rating.dissent", "rating.lowered", "rating.withdrawn",
    "history.0.key_id",
}  # fmt: skip
"""Where null says something in the document below; anywhere else it is a fault."""
MAY_BE_TRUE = {
    "preregistration.0.scored",
    "independence.developer_review_right",
    "independence.publication_veto",
}


def whole() -> dict[str, Any]:
    """Return a document in which every kind of row is there, granted or not."""
    document, full = made_up(), answered()
    for name in ("red_lines", "withheld", "incidents", "standards", "review"):
        document[name] = full[name]
    document["access"]["internals"] = full["access"]["internals"] | {"evidence": ["evidence/study/log.jsonl"]}
    criterion = {"id": "1", "status": "full", "where": "tasks", "reason": "it is there"}
    document["coverage"]["stream"] = [criterion | {"group": "test", "criterion": "what is asked"}]
    document["coverage"]["eu_code"] = [criterion | {"measure": "3.2"}]
    document["rating"]["lowered"] = {"grade": "E", "reason": "doubt"}
    document["rating"]["withdrawn"] = {"at": "2026-01-02T03:04:05Z", "reason": "wrong"}
    return document


def keys(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield the place of every key of every table, however deep."""
    for key, one in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(value, dict):
            yield (*place, key)
        if isinstance(one, dict | list):
            yield from keys(one, (*place, key))


def dotted(place: Place) -> str:
    return ".".join(map(str, place))


WHOLE = whole()
PLACES = [*keys(WHOLE)]


@contextmanager
def put(place: Place, value: Any) -> Iterator[None]:
    """Put a value into a place of the whole document for a while; `...` takes the key out."""
    table: Any = WHOLE
    for key in place[:-1]:
        table = table[key]
    kept = dict(table)
    table[place[-1]] = value
    if value is ...:
        del table[place[-1]]
    yield
    table.clear()
    table.update(kept)


def named(place: Place, value: Any) -> list[str]:
    """Return the places of the faults when a value is put into a place."""
    with put(place, value):
        return [failure.file.removeprefix("dossier.json: ") for failure in faults(WHOLE)]


def is_near(found: list[str], place: Place) -> bool:
    """Return whether one of the faults is at a place or below it."""
    return any(one == dotted(place) or one.startswith(f"{dotted(place)}.") for one in found)


def silent(value: Any) -> list[str]:
    """Return the places in which a value is not found at fault."""
    return [dotted(place) for place in PLACES if not is_near(named(place, value), place)]


def test_whole_documents_have_no_fault() -> None:
    for document in (made_up(), WHOLE, json.loads(canonical_json(WHOLE))):
        assert faults(document) == ()


def test_every_key_that_is_left_out_is_named() -> None:
    assert silent(...) == []
    assert len(PLACES) > 350


def test_null_is_a_fault_wherever_a_value_is_required() -> None:
    found = {dotted(place): named(place, None) for place in PLACES}
    assert {place for place, faulty in found.items() if not faulty} == MAY_BE_NULL
    # Where a figure may be null with a reason, it is the reason that is lacking.
    lacking = {place: faulty for place, faulty in found.items() if faulty and not is_near(faulty, (place,))}
    assert {one for faulty in lacking.values() for one in faulty} == {
        *(f"results.{row}.reason" for row in range(4)),
        *(f"forecast_scores.coverage.{level}.reason" for level in (50, 80, 90)),
        "forecast_scores.skill.reason",
        "stress_tests.0.reason",
    }


def test_a_value_of_another_kind_is_named_wherever_it_stands() -> None:
    assert silent({"neither": "nor"}) == []
    assert set(silent(YES)) == MAY_BE_TRUE


def test_what_is_left_out_is_told_with_its_place_and_what_is_needed() -> None:
    with put(("subject", "developer"), ...):
        (failure,) = faults(WHOLE)
    assert failure.file == "dossier.json: subject.developer"
    assert failure.expected == "a value, or not-granted or not-applicable with a reason"
    assert failure.found == "nothing"
    assert failure.reason == "Every field is a value, or not-granted or not-applicable with a reason."


@pytest.mark.parametrize(
    ("place", "value", "need", "found"),
    [
        (("subject", "developr"), "X", "'developer', or nothing", "a field of that name"),
        (("certificates", 0, "zzz"), "X", "one of family, lineage, verdict, because, or", "that name"),
        (("access", "internals", "levl"), "X", "'level', or nothing", "that name"),
        (("subject", "developer"), 3, "text, or not-granted or not-applicable with a reason", "3"),
        (("subject", "developer"), " ", "text that is not blank, or not-granted", "' '"),
        (("subject", "developer", "status"), "secret", "'not-granted' or 'not-applicable'", "'secret'"),
        (("subject", "developer", "reason"), "", "text that is not blank", "''"),
        (("access", "internals", "level"), "write", "'none', 'described', 'query', 'read' or", "'write'"),
        (("study", "data_hash"), "abc", "a SHA-256, 64 hexadecimal digits", "'abc'"),
        (("edition",), 0, "greater than or equal to 1", "0"),
        (("results", 0, "score"), 1.2, "less than or equal to 1", "1.2"),
        (("results", 0, "score"), float("nan"), "a finite number", "nan"),
        (("results", 0, "n"), 2.5, "a whole number", "2.5"),
        (("built_at",), "2026-01-02 03:04", "a time with its zone", "'2026-01-02 03:04'"),
        (("evidence", 0, "path"), "evidence/../log.jsonl", "a path inside its folder", "/../"),
        (("evidence", 0, "path"), "/etc/passwd", "a path below evidence/", "'/etc/passwd'"),
        (("limits",), ["a", None], "text", "None"),
        (("red_lines",), 3, "a list, or not-granted or not-applicable with a reason", "3"),
        (("tasks",), {"status": "not-granted", "reason": "no"}, "a list", "status"),
        (("kind",), "other", "'tasklaws-dossier'", "'other'"),
        (("auditor", "name"), "\u202egnp" * 40 + "x", "", ""),
    ],
)  # fmt: skip
def test_a_fault_says_what_is_needed_and_what_was_found(
    place: Place, value: Any, need: str, found: str
) -> None:
    with put(place, value):
        failures = faults(WHOLE)
    if not need:
        assert failures == ()
        return
    assert [one for one in failures if need in one.expected and found in one.found], failures


def test_hostile_values_are_told_short_and_inert() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = [deep]
    for value in (deep, "\u202e" * 10**6, {"\x1b[2J": 1}, 10**400):
        with put(("edition",), value):
            told = "".join(map(str, faults(WHOLE)))
        assert told.isprintable()
        assert len(told) < 1000
    for key in ("<value>", "<absent>", "\ud800", "\u202e"):
        for above in ((), ("subject",), ("subject", "developer")):
            assert named((*above, key), 1)
    assert named(("subject", "developer"), "\ud800")
    with put(("subject",), {f"key{at}": at for at in range(1000)}):
        assert len(faults(WHOLE)) == 101


@pytest.mark.parametrize("document", [None, [], "text", 3, {}])
def test_what_is_no_document_has_faults(document: Any) -> None:
    assert faults(document)


def test_evidence_of_access_is_listed_packed_or_withheld() -> None:
    place = "access", "internals", "evidence"
    assert named(place, ["notes/gone.md"]) == ["access.internals.evidence"]
    for path in ("evidence/study/log.jsonl", "study/log.jsonl", "log.jsonl", "evidence/study/secret.txt"):
        assert named(place, [path]) == []


def test_the_published_schema_is_that_of_the_code() -> None:
    assert PUBLISHED.read_text("utf-8") == schema_text()


def test_the_published_schema_takes_what_is_whole_and_refuses_what_is_not() -> None:
    schema = json.loads(PUBLISHED.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for document in (made_up(), WHOLE):
        assert validator.is_valid(document)
    for name in WHOLE:
        with put((name,), ...):
            assert not validator.is_valid(WHOLE), name
    with put(("subject", "developer"), {"status": "not-granted"}):
        assert not validator.is_valid(WHOLE)


def test_every_field_of_the_schema_has_a_title_and_one_line_of_description() -> None:
    schema = json_schema()
    assert set(schema["required"]) == set(schema["properties"]) == set(Dossier.model_fields)
    for name, table in {"Dossier": schema, **schema["$defs"]}.items():
        assert table["description"], name
        for key, field in table["properties"].items():
            assert field["title"], (name, key)
            assert field["description"].endswith("."), (name, key)
            assert "\n" not in field["description"], (name, key)


def test_a_forecast_without_a_baseline_is_whole() -> None:
    alone = forecast("large", WHOLE["preregistration"][0]["sha256"]) | {"best_baseline": None, "skill": None}
    assert named(("forecast_scores", "forecasts"), [alone]) == []
