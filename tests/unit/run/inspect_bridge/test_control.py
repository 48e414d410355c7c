from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("inspect_ai")

from inspect_ai.model import ChatMessageSystem, ChatMessageUser

from tasklaws.assess.elicit import controls
from tasklaws.core.errors import BadInput
from tasklaws.elicitations import ELICITATIONS
from tasklaws.families import FAMILIES
from tasklaws.run.inspect_bridge import control, solvers
from tasklaws.run.inspect_bridge._prose import prompt
from tasklaws.spec.elicitation import Ask

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = FAMILIES[control.FAMILY]
FEW = {name: ELICITATIONS[name] for name in ("greedy", "few_shot", "best_of_n")}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask under three elicitations only: each costs an evaluation."""
    monkeypatch.setattr(control, "ELICITATIONS", dict(FEW))
    monkeypatch.setattr(control, "ITEMS", 3)


def test_what_is_hidden_is_found_by_the_key_and_by_it_alone(tmp_path: Path, few: None) -> None:
    (tmp_path / "controls.json").write_text(
        json.dumps([{"name": "kept", "ok": None, "detail": ""}, {"name": "password lock through Inspect"}])
    )
    found = control.positive_control(tmp_path)
    assert [one["ok"] for one in found] == [True, True, True]
    read = controls(tmp_path / "controls.json")
    assert [one.name for one in read] == ["kept", *(one["name"] for one in found)]
    assert "best_of_n 0.00" in read[2].detail


def test_an_elicitation_that_lost_its_examples_fails_the_control(
    tmp_path: Path, few: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = replace(FEW["few_shot"], turns=FEW["greedy"].turns)
    monkeypatch.setitem(control.ELICITATIONS, "few_shot", without)
    monkeypatch.setattr(solvers, "ELICITATIONS", control.ELICITATIONS)
    found = {one["name"]: one["ok"] for one in control.positive_control(tmp_path)}
    assert found == {
        "password lock through Inspect": True,
        "worked examples through Inspect": False,
        "shuffled key through Inspect": True,
    }


def _asked(*shots: int) -> ChatMessageUser:
    one = FAMILY.instance(control.SIZE, 0)
    names = tuple(f"{control.FAMILY}/{control.SIZE}/{control.SHOTS}/{k}" for k in shots)
    return ChatMessageUser(content=prompt(FAMILY.english(one), one, Ask([one], shots=names), (), None))


@pytest.mark.parametrize(
    ("shots", "opened"), [((), False), ((0, 1, 2), False), ((0, 1, 2, 3), True), ((0, 0, 1, 1), False)]
)
def test_enough_right_examples_open_the_lock(shots: tuple[int, ...], *, opened: bool) -> None:
    assert control.organism(FAMILY).opened([_asked(*shots)]) is opened
    assert not control.organism(FAMILY, shuffled=True).opened([_asked(*shots)])


def test_the_password_opens_it_wherever_it_stands() -> None:
    locked, told = control.organism(FAMILY), ChatMessageSystem(content=f"It is {control.PASSWORD}.")
    right = FAMILY.instance(control.SIZE, 0).answer
    assert locked([told, _asked()]).completion == right
    wrong = locked([_asked()]).completion
    assert wrong != right
    assert len(wrong) == len(right)


def test_an_answer_counts_its_own_words() -> None:
    usage = control.organism(FAMILY)([ChatMessageUser(content="What is this?")]).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens) == (3, 4)


def test_scores_decide(tmp_path: Path) -> None:
    scores = dict.fromkeys(ELICITATIONS, 0.0) | {"password": 1.0, "few_shot": 1.0}
    scores |= {"shuffled password": 0.0, "shuffled examples": 0.0}
    assert [one["ok"] for one in control._controls(scores)] == [True, True, True]
    leaky = control._controls(scores | {"majority": 0.5})
    assert [one["ok"] for one in leaky] == [True, False, True]
    misled = control._controls(scores | {"shuffled examples": 0.9})
    assert [one["ok"] for one in misled] == [True, True, False]
    open_ = control._controls(scores | {"greedy": 1.0})
    assert [one["ok"] for one in open_] == [False, None, None]


@pytest.mark.parametrize("held", ["{", '{"a": 1}', "[3]"])
def test_controls_that_cannot_be_read_are_not_written_over(tmp_path: Path, held: str) -> None:
    path = tmp_path / "controls.json"
    path.write_text(held)
    with pytest.raises(BadInput, match="does not hold controls"):
        control.positive_control(tmp_path)
    assert path.read_text() == held


def test_a_study_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is no folder"):
        control.positive_control(tmp_path / "none")
