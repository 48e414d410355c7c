from __future__ import annotations

import pytest
from tests.unit.assess.observation.precision import agreement, attempt_of, cases, table, wilson

from tasklaws.assess.observation.flag import FLAGS, QUOTED

NAMES = sorted(FLAGS)


@pytest.mark.parametrize("name", NAMES)
def test_fixtures_hold_twenty_of_each_label(name: str) -> None:
    both = cases(name, "tuned") + cases(name, "held_out")
    assert sum(one["label"] for one in both) >= 20
    assert sum(not one["label"] for one in both) >= 20
    assert len({one["note"] for one in both}) >= 38  # they differ


@pytest.mark.parametrize("name", NAMES)
def test_flag_agrees_with_the_labels_that_were_held_out(name: str) -> None:
    found = agreement(name, "held_out")
    assert found.precision >= 0.9, found.false
    assert found.recall >= 0.8, found.missed


@pytest.mark.parametrize("name", NAMES)
def test_flag_agrees_with_the_labels_that_it_was_made_on(name: str) -> None:
    found = agreement(name, "tuned")
    assert (found.false, found.missed) == ((), ())


@pytest.mark.parametrize("name", NAMES)
def test_what_is_raised_quotes_its_evidence_with_its_place(name: str) -> None:
    raised = [FLAGS[name].look(*attempt_of(one)) for one in cases(name, "tuned") if one["label"]]
    assert all(one is not None and one.place and one.quote and len(one.quote) <= QUOTED for one in raised)
    assert all("\n" not in one.quote for one in raised if one)


@pytest.mark.parametrize("name", NAMES)
def test_flag_says_what_it_is(name: str) -> None:
    flag = FLAGS[name]
    assert flag.name == name
    assert all((flag.summary, flag.source, flag.rule, flag.facts["rule"]))


def test_only_tampering_suggests_an_outcome() -> None:
    assert {name: FLAGS[name].suggests for name in NAMES if FLAGS[name].suggests} == {
        "tampering": "invalid_success"
    }


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"refused", "claims_without_call"}])
def test_flags_of_conduct_do_not_mind_what_is_only_talked_of(name: str) -> None:
    for one in cases("refused", "tuned"):
        raised = FLAGS[name].look(*attempt_of(one))
        assert raised is None, (one["note"], raised)


def test_interval_is_that_of_wilson() -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    for k, n in ((0, 10), (9, 10), (37, 40)):
        assert wilson(k, n) == pytest.approx(proportion.proportion_confint(k, n, method="wilson"))


def test_table_names_every_flag() -> None:
    assert [line.split()[0] for line in table("held_out")[1:] if not line.startswith(" ")] == NAMES
