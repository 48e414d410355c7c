"""The grade follows from the document: weakest link, caps of access and trust, never raised by hand."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.dossier.made_up import forecast, made_up, not_granted, share

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.dossier.rating.access_levels import API_ONLY, KINDS, LEVELS
from tasklaws.dossier.rating.procedure_file import read_procedure, shipped
from tasklaws.dossier.rating.rate import capped, rate, trust_caps

PROCEDURE = read_procedure(shipped(), "procedure.toml")
GRADES = PROCEDURE.grades
BEST, WORST = GRADES[0], GRADES[-1]
few = settings(max_examples=20, deadline=None)


def granted(level: str) -> dict[str, Any]:
    return {"level": level, "evidence": ["evidence/study/notes/probes.md"], "note": "made up", "amount": None}


def best() -> dict[str, Any]:
    """Return a document with nothing to be said against it."""
    document = made_up()
    targets = [f"m{size}" for size in range(10)]
    document["ladder"] = [
        document["ladder"][0] | {"model": name, "n_params": 10.0**at} for at, name in enumerate(targets)
    ]
    sealed = document["preregistration"][0] | {"anchor": "rfc3161 2026-01-01T00:30:00Z"}
    document["preregistration"] = [sealed | {"target": name} for name in targets]
    document["forecast_scores"] |= {
        "crps": 2.0,
        "coverage": {level: share(0.8, 0.75, 0.85, 400) for level in ("50", "80", "90")},
        "skill": document["forecast_scores"]["skill"] | {"value": 0.3, "lower": 0.1, "upper": 0.5},
        "surprises": {"n_tasks": 400, "n": 4, "share": 0.01, "lower": 0.0, "upper": 0.02},
        "forecasts": [forecast(name, name) for name in targets],
    }
    document["certificates"] = [row | {"verdict": "forecastable"} for row in document["certificates"]]
    document["elicitation"]["gap_estimate"] |= {"gap": 0.01, "lower": 0.0, "upper": 0.02, "reason": None}
    document["red_lines"] = [{"line": "x", "verdict": "quiet"}, {"line": "y", "verdict": "crossed"}]
    document["stress_tests"] = [
        document["stress_tests"][0] | {"scenario": rule.scenario, "effect": 1.0, "lower": -1.0, "upper": 2.0}
        for rule in PROCEDURE.stress
    ]
    document["access"] = {kind: granted("modify") for kind in KINDS}
    said = dict.fromkeys(document["independence"], "none")
    document["independence"] = said | {"payer": "a foundation", "fee_basis": "fixed"}
    document["subject"]["developer"] = "Models Ltd"
    key = document["roles"]["rater"]
    document["roles"] = {role: key | {"name": role, "key_id": role} for role in document["roles"]}
    document["review"] = {"name": "reviewer", "date": "2026-01-03", "note": "looked over"}
    return document


def kinds(rating: dict[str, Any]) -> set[str]:
    return {cap["kind"] for cap in rating["capped_by"]}


def grade_of(rating: dict[str, Any], driver: str) -> str:
    return str(next(row["grade"] for row in rating["drivers"] if row["name"] == driver))


def at(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Return a copy with one field of it changed."""
    changed = copy.deepcopy(document)
    *above, last = path.split(".")
    part = changed
    for name in above:
        part = part[name]
    part[last] = value
    return changed


def test_rate_gives_the_best_grade_where_nothing_speaks_against_it() -> None:
    document = best()
    before = copy.deepcopy(document)
    rating = rate(document, PROCEDURE)
    assert document == before
    assert (rating["grade"], rating["indicated"], rating["capped_by"]) == (BEST, BEST, [])
    assert rating["unchecked"] == []
    assert rating == rate(document, PROCEDURE)


POOR: dict[str, tuple[str, Any]] = {
    "track_record": ("forecast_scores.forecasts", [forecast("m1", "m1")]),
    "calibration": ("forecast_scores.coverage.80", share(0.5, 0.45, 0.7, 400)),
    "error": ("forecast_scores.crps", 15.0),
    "skill": ("forecast_scores.skill", {"value": 0.3, "lower": -0.4, "upper": 0.5, "reason": None}),
    "surprises": (
        "forecast_scores.surprises",
        {"n_tasks": 9, "n": 1, "share": 0.1, "lower": 0.0, "upper": 0.3},
    ),
    "certificates": ("certificates", [{"verdict": "forecastable"}, *[{"verdict": "invalid"}] * 3]),
    "elicitation": (
        "elicitation.gap_estimate",
        {"gap": 0.01, "lower": 0.0, "upper": 0.15, "reason": None},
    ),
    "stress": (
        "stress_tests",
        [
            row | {"budget_cut": {"lower": -90.0}, "tool_upgrade": {"upper": 15.0}}.get(row["scenario"], {})
            for row in best()["stress_tests"]
        ],
    ),
    "contamination": (
        "stress_tests",
        [
            row | {"lower": -15.0} if row["scenario"] == "contaminated_items" else row
            for row in best()["stress_tests"]
        ],
    ),
    "red_lines_alarm": ("red_lines", [{"verdict": "alarm"}, {"verdict": "quiet"}]),
    "red_lines_blind": ("red_lines", [{"verdict": "no_early_warning"}, {"verdict": "quiet"}]),
}


@pytest.mark.parametrize("driver", [one.name for one in PROCEDURE.driver])
def test_rate_is_as_good_as_the_weakest_driver(driver: str) -> None:
    rating = rate(at(best(), *POOR[driver]), PROCEDURE)
    poor = "C" if driver == "red_lines_alarm" else "D"
    assert (rating["grade"], rating["indicated"], grade_of(rating, driver)) == (poor, poor, poor)
    assert all(row["grade"] == BEST for row in rating["drivers"] if row["name"] != driver)
    title = next(one.title for one in PROCEDURE.driver if one.name == driver)
    left_out = next(row for row in rating["sensitivity"] if row["change"] == f"{title}: left out")
    assert left_out["grade"] == BEST


UNDEFINED: dict[str, tuple[str, Any]] = {
    "track_record": ("forecast_scores.forecasts", []),
    "calibration": (
        "forecast_scores.coverage.80",
        share(0.8, 0.8, 0.8, 9) | {"value": None, "reason": "few"},
    ),
    "error": ("forecast_scores.crps", None),
    "skill": ("forecast_scores.skill", {"value": 0.3, "lower": None, "upper": None, "reason": "two sizes"}),
    "surprises": (
        "forecast_scores.surprises",
        {"n_tasks": 0, "n": 0, "share": None, "lower": None, "upper": None},
    ),
    "certificates": ("certificates", []),
    "elicitation": ("elicitation.gap_estimate", {"gap": None, "lower": None, "upper": None, "reason": "one"}),
    "stress": ("stress_tests", best()["stress_tests"][3:]),
    "contamination": ("stress_tests", best()["stress_tests"][:3]),
    "red_lines_alarm": ("red_lines", not_granted()),
    "red_lines_blind": ("red_lines", []),
}


@pytest.mark.parametrize("driver", [one.name for one in PROCEDURE.driver])
def test_rate_lets_no_undefined_figure_pass(driver: str) -> None:
    rating = rate(at(best(), *UNDEFINED[driver]), PROCEDURE)
    missing = next(one.missing for one in PROCEDURE.driver if one.name == driver)
    assert grade_of(rating, driver) == missing != BEST
    assert PROCEDURE.is_worse(rating["grade"], BEST)


def test_rate_without_an_interval_is_no_better_than_its_value() -> None:
    poor = {"value": -2.0, "lower": None, "upper": None, "reason": "two sizes"}
    assert grade_of(rate(at(best(), "forecast_scores.skill", poor), PROCEDURE), "skill") == WORST


def test_rate_holds_a_figure_with_a_reservation_to_the_grade_of_an_undefined_one() -> None:
    doubtful = {"gap": 0.0, "lower": 0.0, "upper": 0.01, "reason": "do not rely on it"}
    assert grade_of(rate(at(best(), "elicitation.gap_estimate", doubtful), PROCEDURE), "elicitation") == "C"


def test_rate_counts_models_of_one_size_once_and_no_retrodiction() -> None:
    document = best()
    document["ladder"] = [row | {"n_params": 7.0} for row in document["ladder"]]
    assert rate(document, PROCEDURE)["drivers"][0]["value"] == 1
    late = best()
    late["forecast_scores"]["forecasts"] = [
        row | {"label": "retrodiction"} for row in late["forecast_scores"]["forecasts"]
    ]
    assert rate(late, PROCEDURE)["drivers"][0]["value"] == 0


@pytest.mark.parametrize(
    ("lower", "upper", "grade"), [(0.7, 0.9, "A"), (0.65, 0.8, "B"), (0.75, 1.0, "C"), (0.4, 0.8, "D")]
)
def test_rate_takes_the_end_of_coverage_that_is_farther_from_its_target(
    lower: float, upper: float, grade: str
) -> None:
    rating = rate(at(best(), "forecast_scores.coverage.80", share(0.79, lower, upper, 40)), PROCEDURE)
    assert grade_of(rating, "calibration") == grade


CAPS: dict[str, tuple[str, Any]] = {
    "no_sealed_forecast": ("preregistration", []),
    "unsigned": ("roles.rater", not_granted()),
    "unreviewed": ("review", not_granted()),
    "withheld": ("withheld", [{"path": "evidence/study/runs/part-0.parquet", "reason": "private"}]),
    "undeclared": ("independence.payer", not_granted()),
    "developer_pays": ("independence.payer", "MODELS  Ltd"),
    "developer_vetoes": ("independence.publication_veto", "the developer, within 30 days"),
    "contingent_fee": ("independence.fee_basis", "Contingent: paid for an A"),
    "deviations": ("procedure.deviations", ["one family left out"]),
    "unanchored": ("preregistration", [best()["preregistration"][0] | {"anchor": "self-attested"}]),
    "stress_fine_tuning": (
        "stress_tests",
        [row for row in best()["stress_tests"] if row["scenario"] != "fine_tuning"],
    ),
    "api_only": ("access", {kind: granted("none" if kind in API_ONLY else "modify") for kind in KINDS}),
    "internals_and_fine_tuning": (
        "access",
        {kind: granted("query" if kind in API_ONLY else "modify") for kind in KINDS},
    ),
    **{
        rule.name: (f"access.{next(iter(rule.below))}", not_granted())
        for rule in PROCEDURE.access
        if len(rule.below) == 1 and rule.cap != BEST
    },
}


@pytest.mark.parametrize("kind", list(CAPS))
def test_rate_is_capped_where_something_stands_in_the_way(kind: str) -> None:
    rating = rate(at(best(), *CAPS[kind]), PROCEDURE)
    assert kind in kinds(rating)
    assert rating["indicated"] == BEST != rating["grade"]
    assert rating["grade"] == rating["capped_by"][0]["grade"]
    lifted = {row["change"]: row["grade"] for row in rating["sensitivity"]}
    rest = [cap["grade"] for cap in rating["capped_by"] if cap["kind"] != kind]
    assert lifted[f"Cap {kind} lifted"] == PROCEDURE.worst([BEST, *rest])


def test_rate_takes_a_reason_why_something_does_not_apply_for_a_declaration() -> None:
    said = {"status": "not-applicable", "reason": "one person, who sells nothing"}
    assert kinds(rate(at(best(), "independence.sales_separation", said), PROCEDURE)) == set()


def test_access_that_no_evidence_is_named_for_counts_as_described() -> None:
    document = best()
    document["access"]["internals"]["evidence"] = document["access"]["architecture"]["evidence"] = []
    assert kinds(rate(document, PROCEDURE)) == {"internals"}


def test_every_condition_of_the_procedure_is_tried_here() -> None:
    assert {rule.kind for rule in PROCEDURE.cap} - set(CAPS) == {"untrusted"}


@pytest.mark.parametrize(
    ("anchor", "counts"),
    [
        ("rfc3161 2026-01-01T00:59:00Z", True),
        ("rfc3161 2026-01-01T00:59:00+00:00, its authority not checked", True),
        ("rfc3161 2026-01-01T02:00:00Z", False),
        ("rfc3161 2026-13-01T02:00:00Z", False),
        ("git_tag, not read: git is missing", False),
        ("self-attested", False),
    ],
)
def test_rate_takes_only_anchors_from_before_the_outcome(anchor: str, counts: bool) -> None:
    document = best()
    document["preregistration"][0]["anchor"] = anchor
    assert kinds(rate(document, PROCEDURE)) == (set() if counts else {"unanchored"})


def test_rate_lists_every_cap_that_applies_the_worst_first() -> None:
    document = at(at(best(), *CAPS["unsigned"]), *CAPS["contingent_fee"])
    for crps in (2.0, 15.0):
        poor = rate(at(document, "forecast_scores.crps", crps), PROCEDURE)
        assert [cap["kind"] for cap in poor["capped_by"]] == ["contingent_fee", "unsigned"]
    assert poor["grade"] == poor["indicated"] == "D"
    assert not any(row["change"].startswith("Cap ") for row in poor["sensitivity"])
    steps = [row for row in poor["sensitivity"] if row["change"].startswith("Every driver at A")]
    assert [row["grade"] for row in steps] == ["D", "C", "A"]
    assert "contingent_fee lifted" in steps[1]["change"]


def test_rate_says_what_could_not_be_checked() -> None:
    document = at(best(), "access.fine_tuning", not_granted())
    document["withheld"] = [{"path": "evidence/study/notes/a.md", "reason": "names people"}] * 2
    document["roles"]["builder"] = not_granted()
    document["stress_tests"][1] |= {"status": "not-granted", "effect": None, "reason": "no model was tuned"}
    said = " ".join(rate(document, PROCEDURE)["unchecked"])
    for part in (
        "after fine-tuning",
        "2 withheld files (names people)",
        "else than the builder",
        "no model was",
    ):
        assert part in said


def test_sensitivity_adds_the_shift_of_a_stress_test_to_the_error() -> None:
    document = at(best(), "forecast_scores.crps", 3.5)
    rows = [row for row in rate(document, PROCEDURE)["sensitivity"] if "error up to 5.5" in row["change"]]
    assert [row["grade"] for row in rows] == ["B"] * len(PROCEDURE.stress)


def test_trust_caps_doubt_keys_that_nobody_vouched_for() -> None:
    document = best()
    document["rating"] = rate(document, PROCEDURE)
    anchored = {row["sha256"] for row in document["preregistration"]}
    grades = [
        capped(BEST, trust_caps(document, PROCEDURE, trusted, anchors), PROCEDURE)
        for trusted, anchors in (
            ((), anchored),
            (("rater",), anchored),
            (("reviewer",), anchored),
            (("rater", "reviewer"), ()),
            (("rater", "reviewer"), anchored),
        )
    ]
    assert grades == ["C", "B", "C", "C", "A"]


def test_trust_caps_add_nothing_to_what_nobody_signed_or_anchored() -> None:
    document = at(at(best(), *CAPS["unsigned"]), *CAPS["unanchored"])
    document["rating"] = rate(document, PROCEDURE)
    assert trust_caps(document, PROCEDURE, {"reviewer"}) == ()


def test_rate_lets_a_rater_lower_and_never_raise() -> None:
    document = at(best(), "forecast_scores.crps", 7.0)
    lowered = {"grade": "D", "reason": "the tasks are easy to game"}
    rating = rate(document, PROCEDURE, lowered)
    assert (rating["grade"], rating["indicated"], rating["lowered"]) == ("D", "B", lowered)
    for grade in ("A", "B"):
        with pytest.raises(BadInput, match="never raise") as raised:
            rate(document, PROCEDURE, {"grade": grade, "reason": "it is a good model"})
        assert all((raised.value.what, raised.value.need, raised.value.way_out))
    with pytest.raises(BadInput, match="without a reason"):
        rate(document, PROCEDURE, {"grade": "C", "reason": " "})
    with pytest.raises(UnknownName):
        rate(document, PROCEDURE, {"grade": "F", "reason": "worse than worst"})


unit = st.floats(0, 1)
ends = st.tuples(unit, unit, unit).map(sorted)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return a document of any figures and any access."""
    document = best()
    scores = document["forecast_scores"]
    lower, value, upper = draw(ends)
    scores["coverage"]["80"] = share(value, lower, upper, 40)
    lower, value, upper = draw(ends)
    scores["skill"] |= {"value": value * 2 - 1, "lower": lower * 2 - 1, "upper": upper * 2 - 1}
    lower, value, upper = draw(ends)
    scores["surprises"] |= {"share": value, "lower": lower, "upper": upper}
    scores["crps"] = draw(st.floats(0, 30))
    scores["forecasts"] = scores["forecasts"][: draw(st.integers(0, 10))]
    lower, value, upper = draw(ends)
    document["elicitation"]["gap_estimate"] |= {"gap": value, "lower": lower, "upper": upper}
    document["certificates"] = [
        {"verdict": verdict}
        for verdict in draw(st.lists(st.sampled_from(["forecastable", "invalid"]), min_size=1, max_size=5))
    ]
    document["access"] = {kind: granted(draw(st.sampled_from(LEVELS))) for kind in KINDS}
    return document


def better(document: dict[str, Any], by: float) -> dict[str, Any]:
    """Return a document with every figure moved some way to what is best."""
    other = copy.deepcopy(document)
    scores = other["forecast_scores"]
    for row, names, to in (
        (scores["coverage"]["80"], ("value", "lower", "upper"), 0.8),
        (scores["skill"], ("value", "lower", "upper"), 1.0),
        (scores["surprises"], ("share", "lower", "upper"), 0.0),
        (other["elicitation"]["gap_estimate"], ("gap", "lower", "upper"), 0.0),
        (scores, ("crps",), 0.0),
    ):
        row |= {name: row[name] + by * (to - row[name]) for name in names}
    for test in other["stress_tests"]:
        test |= {name: test[name] * (1 - by) for name in ("effect", "lower", "upper")}
    other["certificates"][0] = {"verdict": "forecastable"}
    return other


@few
@given(documents(), st.floats(0, 1))
def test_better_figures_never_give_a_worse_grade(document: dict[str, Any], by: float) -> None:
    grades = [rate(one, PROCEDURE)["grade"] for one in (better(document, by), document)]
    assert not PROCEDURE.is_worse(*grades)


@few
@given(documents(), st.sampled_from(KINDS), st.sampled_from(LEVELS))
def test_more_access_never_gives_a_worse_grade(document: dict[str, Any], kind: str, level: Any) -> None:
    more = max(level, document["access"][kind]["level"], key=LEVELS.index)
    grades = [
        rate(one, PROCEDURE)["grade"] for one in (at(document, f"access.{kind}", granted(more)), document)
    ]
    assert not PROCEDURE.is_worse(*grades)


@few
@given(documents())
def test_an_api_alone_never_has_the_best_grade_whatever_the_scores(document: dict[str, Any]) -> None:
    for made in (document, best()):
        made["access"] |= dict.fromkeys(API_ONLY, not_granted())
        rating = rate(made, PROCEDURE)
        assert PROCEDURE.is_worse(rating["grade"], "C")
