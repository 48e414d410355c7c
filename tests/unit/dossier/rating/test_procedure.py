"""A rating procedure is read strictly, and the page about it says what the file says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.rating.access_levels import API_ONLY
from tasklaws.dossier.rating.cap_conditions import CONDITIONS
from tasklaws.dossier.rating.procedure_file import read_procedure, shipped
from tasklaws.dossier.rating.readings import FIGURES

if TYPE_CHECKING:
    from tasklaws.dossier.rating.procedure import AccessRule, Procedure

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "rating-procedure.md"
TEXT = shipped().decode()
PROCEDURE = read_procedure(shipped(), "procedure.toml")


def test_read_procedure_keeps_the_bytes_of_the_file() -> None:
    assert PROCEDURE.content == shipped()
    assert PROCEDURE.sha256 == sha256_hex(shipped())
    assert read_procedure(shipped(), "another name") == PROCEDURE


def test_the_shipped_procedure_uses_every_condition_and_gives_every_grade_a_meaning() -> None:
    assert {rule.kind for rule in PROCEDURE.cap} == set(CONDITIONS)
    assert tuple(PROCEDURE.meaning) == PROCEDURE.grades
    assert {driver.figure for driver in PROCEDURE.driver} <= set(FIGURES)
    assert all(PROCEDURE.is_worse(driver.missing, PROCEDURE.grades[0]) for driver in PROCEDURE.driver)


def test_worst_is_the_best_of_the_scale_where_nothing_is_graded() -> None:
    assert PROCEDURE.worst([]) == "A"
    assert PROCEDURE.worst(["B", "D", "A"]) == "D"
    assert PROCEDURE.is_worse("B", "A")
    assert not PROCEDURE.is_worse("B", "B")


API_RULE = 'below = { internals = "described", fine_tuning = "described", training_data = "described" }'
FAULTS: dict[str, tuple[str, str, str]] = {
    "an unknown key": ("[[driver]]\nname", "[[driver]]\nnmae", "did you mean 'name'"),
    "an unknown key at the top": ("\nversion =", "\nverison =", "did you mean 'version'"),
    "an unknown figure": ('"forecast_scores.crps"', '"forecast_scores.crsp"', "'forecast_scores.crps'"),
    "an unknown condition": ('kind = "unreviewed"', 'kind = "unreveiwed"', "did you mean 'unreviewed'"),
    "an unknown kind of access": (
        "below = { rate_limits",
        "below = { rate_limit",
        "did you mean 'rate_limits'",
    ),
    "an unknown level": ('rate_limits = "described"', 'rate_limits = "shown"', "'none', 'described'"),
    "a cap off the scale": (
        'scenario = "budget_cut"\ncap = "B"',
        'scenario = "budget_cut"\ncap = "F"',
        "'F'",
    ),
    "a missing grade off the scale": ('missing = "E"', 'missing = "Z"', "track_record: missing"),
    "a threshold off the scale": ("{ A = 10, B = 5", "{ A = 10, X = 5", "'X'"),
    "a threshold that is not there": ("{ A = 10, B = 5, ", "{ A = 10, ", "Every grade but the worst"),
    "thresholds out of order": ("{ A = 10, B = 5", "{ A = 10, B = 11", "never asks for less"),
    "a threshold that is no number": ("{ A = 10, B = 5", '{ A = 10, B = "5"', "valid number"),
    "a threshold that is infinite": ("{ A = 10, B = 5", "{ A = inf, B = 5", "finite number"),
    "a target that is not there": ("target = 0.8\n", "", "has no target"),
    "a target too much": ('direction = "higher"', 'direction = "higher"\ntarget = 1', "has a target"),
    "one grade twice": ('"D", "E"] #', '"D", "D"] #', "stands there twice"),
    "one grade": ('grades = ["A", "B", "C", "D", "E"]', 'grades = ["A"]', "at least 2"),
    "one driver twice": ('name = "error"', 'name = "skill"', "stands there twice"),
    "a grade whose meaning is not there": ('B = "It is', 'Q = "It is', "meaning"),
    "no meaning of a grade": ('B = "It is foreseen, with gaps that are named."\n', "", "there is none of B"),
    "an unknown role": ('["runner", "rater"]', '["runner", "payer"]', "'rater'"),
    "a version that is none": ('version = "1.0.0"', 'version = "one"', "match pattern"),
    "an empty reason": ('reason = "Others will tune the model."', 'reason = " "', "at least 1 character"),
    "no cap on a rating that nobody signed": (
        '"unsigned"\ngrade = "C"',
        '"unsigned"\ngrade = "A"',
        "nobody known",
    ),
    "no cap on an unknown key": ('"untrusted"\ngrade = "C"', '"untrusted"\ngrade = "A"', "'untrusted'"),
    "no cap on an API": (API_RULE, 'below = { architecture = "query" }', "nothing but an API"),
    "no TOML": ('id = "tasklaws-foreseen"', "id = tasklaws", "TOML"),
}


def spoilt(old: str, new: str) -> bytes:
    """Return the shipped procedure with one fault; single rules on API access are taken out of the way."""
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    if old == API_RULE:
        for kind in API_ONLY:
            text = text.replace(f"below = {{ {kind} = ", f'below = {{ architecture = "query", {kind} = ')
        text = text.replace('below = { internals = "read", fine', 'below = { architecture = "read", fine')
    return text.encode()


@pytest.mark.parametrize("fault", list(FAULTS))
def test_read_procedure_refuses_what_is_not_sound(fault: str) -> None:
    old, new, said = FAULTS[fault]
    with pytest.raises(BadInput) as raised:
        read_procedure(spoilt(old, new), "mine.toml")
    assert said in str(raised.value)
    assert raised.value.what.startswith("mine.toml: ")
    assert raised.value.need
    assert raised.value.way_out


@pytest.mark.parametrize("content", [b"", b"\xff", b"x = " + b"[" * 5000])
def test_read_procedure_refuses_what_is_no_procedure(content: bytes) -> None:
    with pytest.raises(BadInput, match=r"mine\.toml"):
        read_procedure(content, "mine.toml")


def test_read_procedure_takes_a_scale_of_other_words() -> None:
    text = TEXT
    for letter, word in zip("ABCDE", ("clear", "fair", "hazy", "dim", "dark"), strict=True):
        text = text.replace(f'"{letter}"', f'"{word}"').replace(f"{letter} = ", f"{word} = ")
    assert read_procedure(text.encode(), "mine.toml").grades == ("clear", "fair", "hazy", "dim", "dark")


def rows(procedure: Procedure) -> list[str]:
    """Return the rows of the tables of the page."""
    drivers = [
        f"| {one.title} (`{one.name}`) | `{one.figure}` | {_end(one.direction, one.target, one.end)} | "
        + " | ".join(f"{one.grades[grade]:g}" for grade in procedure.grades[:-1])
        + f" | {one.missing} |"
        for one in procedure.driver
    ]
    access = [
        f"| `{one.name}` | {_below(one)} | {one.cap} | {_plain(one.reason)} |" for one in procedure.access
    ]
    caps = [f"| `{one.kind}` | {one.grade} | {_plain(one.reason)} |" for one in procedure.cap]
    stress = [f"| `{one.scenario}` | {one.cap} | {_plain(one.reason)} |" for one in procedure.stress]
    meaning = [f"| {grade} | {_plain(text)} |" for grade, text in procedure.meaning.items()]
    return [*meaning, *drivers, *access, *caps, *stress]


def _below(rule: AccessRule) -> str:
    return ", ".join(f"{kind} below {level}" for kind, level in rule.below.items())


def _end(direction: str, target: float | None, end: str) -> str:
    way = {"higher": "at least", "lower": "at most", "near": f"at most from {target or 0:g}"}[direction]
    return f"{way}, {'value' if end == 'value' else 'unfavourable end'}"


def _plain(text: str) -> str:
    return " ".join(text.split())


def test_the_page_on_the_procedure_says_what_the_file_says() -> None:
    page = PAGE.read_text(encoding="utf-8")
    told = set(page.splitlines())
    assert [row for row in rows(PROCEDURE) if row not in told] == []
    said = _plain(page.replace("\n> ", "\n"))
    prose = [PROCEDURE.question, PROCEDURE.silent_on, PROCEDURE.indicated_reason]
    reasons = [f"{one.reason}" for one in PROCEDURE.driver]
    assert [text for text in map(_plain, (*prose, *reasons)) if text not in said] == []
    assert f"`{PROCEDURE.id}` {PROCEDURE.version}" in said
    for first, second in PROCEDURE.conflicts:
        assert f"{first} and {second}" in said
    letters = set(PROCEDURE.grades)
    tables = [line for line in page.splitlines() if line.startswith(("| `", "| A |"))]
    assert [row for row in tables if row not in rows(PROCEDURE) and row.split(" | ")[-2] in letters] == []
