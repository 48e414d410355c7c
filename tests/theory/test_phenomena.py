"""What a plan tells of a ladder, before any model is run."""

from __future__ import annotations

import pytest

from tasklaws.core.errors import BadPlan
from tasklaws.families import FAMILIES
from tasklaws.spec.harness import Harness
from tasklaws.theory.described import described
from tasklaws.theory.implied import Assumed, implied


def told(name: str, call_limit: float = 1.0) -> list[str]:
    return described(FAMILIES[name], call_limit)["expects"]


def test_a_chain_by_tool_is_one_task_with_a_ceiling() -> None:
    assert told("sha_chain")[0] == "one threshold: all tasks are one task"
    assert any(
        line.startswith("ceiling 0.75 under this harness (call_limit 1)") for line in told("sha_chain")
    )
    assert any(line.startswith("ceiling 1.00") for line in told("sha_chain", 1_000)) is False


def test_a_shortcut_is_announced_as_a_jump() -> None:
    lines = told("sum_range")
    assert "jump where a rung finds 'gauss': nothing gives warning of it" in lines
    assert lines[0] == "one threshold for all who know no shortcut: all tasks are one task"


def test_a_gate_and_knowledge_are_announced() -> None:
    assert any("no output metric is more linear than accuracy" in line for line in told("sha_of"))
    assert any(line.startswith("known or not") for line in told("facts"))
    assert "larger tasks come later: success falls with size" in told("addition")


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_family_is_described(name: str) -> None:
    found = described(FAMILIES[name])
    assert found["name"] == name
    assert [row["size"] for row in found["sizes"]] == list(FAMILIES[name].sizes)
    assert set(found["traits"]) == {"tool", "sequential", "deterministic", "knowledge"}
    assert found["expects"]


def test_a_limit_that_cannot_be_is_refused() -> None:
    with pytest.raises(BadPlan, match="call_limit"):
        described(FAMILIES["sha_chain"], 0)


def test_thresholds_of_a_chain_by_tool_coincide_and_those_of_additions_do_not() -> None:
    spread = {}
    for name in ("sha_chain", "addition"):
        family = FAMILIES[name]
        plans = [family.plan(size) for size in family.sizes]
        tasks = implied(family, Assumed().law(plans), Harness(call_limit=1e6))
        known = [task.threshold for task in tasks if task.threshold is not None]
        spread[name] = max(known) - min(known)
    assert spread["sha_chain"] < 0.2
    assert spread["addition"] > 2


def test_the_median_time_of_a_sum_drops_where_the_formula_is_known() -> None:
    family = FAMILIES["sum_range"]
    law = Assumed().law([family.plan(size) for size in family.sizes], 0.01)
    largest = implied(family, law, Harness(call_limit=100.0))[-1]
    before, after = largest.seconds_median[largest.flops < 1e20], largest.seconds_median[largest.flops > 1e22]
    assert before.min() > 5
    assert after.max() < 1
    assert largest.seconds_mean[0] == pytest.approx(before[0], rel=0.05)
