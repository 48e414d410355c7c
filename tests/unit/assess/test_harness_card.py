"""The harness card: what is known of limits and scaffold, and how attempts ended."""

from __future__ import annotations

import pytest
from tests.unit.assess.budget.made import run, table

from tasklaws.assess.harness_card import harness_cards, share
from tasklaws.spec.harness import Harness


def test_limits_are_those_stated_or_those_that_the_name_spells() -> None:
    rows = table(
        run(1.0, 5), run(1.0, 5, harness_id="time_limit=1800s"), run(1.0, 5, harness_id="short"),
        run(1.0, 5, harness_id="free"),
    )  # fmt: skip
    stated = {"short": Harness(token_limit=500, tools=("python",), scaffold="react"), "free": Harness()}
    cards = {card.harness_id: card for card in harness_cards(rows, stated=stated)}
    assert {name: card.limits for name, card in cards.items()} == {
        "default": None, "time_limit=1800s": {"time_limit": 1800}, "short": {"token_limit": 500}, "free": {},
    }  # fmt: skip
    assert (cards["short"].tools, cards["short"].scaffold) == (("python",), "react")
    assert (cards["default"].tools, cards["default"].scaffold) == (None, None)


def test_what_our_own_logs_say_goes_first() -> None:
    ours = {"harness_id": "h1", "harness": {"token_limit": 9, "time_limit": None, "tools": ["python"]},
            "tasklaws_version": "0.1"}  # fmt: skip
    said = {"config": {"token_limit": 10}, "metadata": {"tasklaws": ours}, "packages": {"inspect_ai": "0.3"}}
    (card,) = harness_cards(table(run(1.0, 5, harness_id="h1")), [{"eval": said}])
    assert (card.limits, card.tools) == ({"token_limit": 9}, ("python",))
    assert card.versions == {"inspect_ai": "0.3", "tasklaws": "0.1"}


def test_an_attempt_counts_once_whatever_its_metrics() -> None:
    rows = table(
        run(0.0, 5, "limit_tokens", instance_id="a"),
        run(0.3, 5, "limit_tokens", instance_id="a", metric="grade"),
        run(1.0, 7, instance_id="b"),
        run(1.0, 9, instance_id="c"),
    )
    (card,) = harness_cards(rows)
    (model,) = card.models
    assert (card.attempts, model.attempts) == (3, 3)
    assert model.ended == {"limit_tokens": share(1, 3)}
    assert model.tokens == {"0.1": 5, "0.5": 7, "0.9": 9}
    assert (model.seconds, model.unsupported) == (None, None)


def test_unsupported_calls_are_a_share_of_attempts_with_a_call() -> None:
    outcomes = ("unsupported", "ok", "ok", "error", None)
    rows = table(*(run(0.0, 5, tool_outcome=one) for one in outcomes))
    (card,) = harness_cards(rows)
    assert card.models[0].unsupported == share(1, 4)


def test_a_share_of_none_reaches_zero_and_of_all_one() -> None:
    assert (share(0, 50).lower, share(50, 50).upper) == (0.0, 1.0)
    assert share(0, 50).upper == pytest.approx(0.038, abs=0.002)
    assert share(5, 50).lower == pytest.approx(0.046, abs=0.003)


def test_a_log_is_known_by_the_name_that_the_importer_gives_its_limits() -> None:
    config = {"token_limit": 9, "message_limit": 4, "time_limit": 60, "limit": 10}
    name = "time_limit=60,token_limit=9,message_limit=4"
    log = {"eval": {"config": config, "sandbox": "docker"}, "plan": {"steps": [{"solver": "react"}]}}
    (card,) = harness_cards(table(run(1.0, 5, harness_id=name)), [log])
    assert card.limits == {"time_limit": 60, "token_limit": 9, "message_limit": 4}
    assert (card.sandbox, card.scaffold) == ("docker", "react")


def test_what_logs_of_one_harness_say_stands_side_by_side() -> None:
    logs = [
        {"eval": {"packages": {"inspect_ai": version}, "sandbox": "docker"},
         "plan": {"steps": [{"solver": name}]}}
        for version, name in (("0.1", "react"), ("0.2", "react"), ("0.2", "chain"))
    ]  # fmt: skip
    (card,) = harness_cards(table(run(1.0, 5)), logs)
    assert (card.scaffold, card.sandbox) == ("react; chain", "docker")
    assert card.versions == {"inspect_ai": "0.1; 0.2"}
