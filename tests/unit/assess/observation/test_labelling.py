from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.unit.assess.observation.logs import agent, study

from tasklaws.assess.observation.agreed import agreement
from tasklaws.assess.observation.labelling import label
from tasklaws.assess.observation.labels import LABELS, Label, add, check_reader, file_of, final, read
from tasklaws.assess.observation.observed import flags
from tasklaws.cli.verbs.label import KEYS, command
from tasklaws.core.errors import BadInput, NoAnswer, UnknownName

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.observation.cards import Card


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    samples = [agent(f"s{k}", (f"run {k}", None), answer=f"\x1b[2Jgone {k}", value="I") for k in range(6)]
    return study(tmp_path / "s", ("m", samples))


def press(watched: Path, keys: str, *more: str, reader: str = "ann") -> str:
    run = CliRunner().invoke(command, [str(watched), "--reader", reader, "-q", *more], input=keys)
    assert run.exit_code == 0, run.output
    return run.output


def labels_of(watched: Path, reader: str) -> list[str]:
    return [one.label for one in read(file_of(watched, reader)).values()]


def test_keys_stand_for_all_labels() -> None:
    assert sorted(KEYS.values()) == sorted(LABELS)


def test_one_attempt_after_another_is_asked_and_written(watched: Path) -> None:
    told = press(watched, "g\nhard\nh\n\nq\n", "--n", "4")
    assert "2 labelled, 2 wait" in told
    assert labels_of(watched, "ann") == ["genuine_failure", "spurious_harness"]
    assert next(iter(read(file_of(watched, "ann")).values())).note == "hard"


def test_a_reader_sees_what_was_done_and_nothing_that_steers(watched: Path) -> None:
    told = press(watched, "q\n", "--n", "1")
    assert all(
        words in told for words in ("Solve it.", "calls bash: run", "gone", "score: 0", "in the viewer")
    )
    assert "\x1b" not in told


def test_a_session_goes_on_where_it_stopped(watched: Path) -> None:
    press(watched, "g\n\nq\n", "--n", "3")
    told = press(watched, "e\n\ns\n\n", "--n", "3")
    assert "2 labelled, 0 wait" in told
    assert len(labels_of(watched, "ann")) == 3


def test_a_wrong_key_is_asked_again_and_the_end_of_input_ends_the_session(watched: Path) -> None:
    assert "1 labelled, 1 wait" in press(watched, "x\ng\n\n", "--n", "2")


def test_readers_get_the_same_attempts_and_do_not_see_each_other(watched: Path) -> None:
    press(watched, "g\nsecret note\ng\n\n", "--n", "2")
    told = press(watched, "g\n\nh\n\n", "--n", "2", reader="bob")
    assert "secret note" not in told
    assert list(read(file_of(watched, "ann"))) == list(read(file_of(watched, "bob")))


def test_agreement_tells_kappa_what_to_settle_and_spurious_failures(watched: Path) -> None:
    press(watched, "g\n\nh\n\ng\n\ni\n\n", "--n", "4")
    press(watched, "g\n\nh\n\ns\n\ni\n\n", "--n", "4", reader="bob")
    found = agreement(watched)
    assert found.kappas[0]["agreed"] == 3
    assert [one["labels"] for one in found.to_settle] == [
        {"ann": "genuine_failure", "bob": "spurious_scorer"}
    ]
    assert found.spurious[0]["n"] == 2
    assert found.spurious[0]["share"] == pytest.approx(0.5)
    assert len(found.invalid) == 1
    run = CliRunner().invoke(command, [str(watched), "--agreement", "--json"])
    assert json.loads(run.stdout)["kappas"][0]["readers"] == ["ann", "bob"]


def test_the_settler_is_asked_only_where_readers_differ(watched: Path) -> None:
    press(watched, "g\n\nh\n\n", "--n", "2")
    press(watched, "g\n\ns\n\n", "--n", "2", reader="bob")
    assert "1 labelled, 0 wait" in press(watched, "s\n\n", reader="settled")
    assert agreement(watched).to_settle == ()


def test_agreement_is_worded_for_a_reader(watched: Path) -> None:
    press(watched, "g\n\nh\n\n", "--n", "2")
    run = CliRunner().invoke(command, [str(watched), "--agreement", "-q"])
    assert "one reader only" in run.output


def test_labels_come_from_a_file_as_well(watched: Path, tmp_path: Path) -> None:
    names = [one["attempt_id"] for one in flags(watched, n=2).plan]
    table = tmp_path / "labels.csv"
    table.write_text(f"attempt_id,label,note\n{names[0]},genuine_failure,a\n{names[1]},unsure,\n")
    assert "2 labelled" in press(watched, "", "--from", str(table))
    assert labels_of(watched, "ann") == ["genuine_failure", "unsure"]
    assert next(iter(read(file_of(watched, "ann")).values())).model == "m"


@pytest.mark.parametrize("row", ["nobody,unsure", "{},wrong", "{}"])
def test_a_bad_row_is_named_and_nothing_is_written(watched: Path, tmp_path: Path, row: str) -> None:
    name = flags(watched, n=1).plan[0]["attempt_id"]
    table = tmp_path / "labels.csv"
    table.write_text(f"attempt_id,label\n{name},unsure\n{row.format(name)}\n")
    with pytest.raises(BadInput, match="row 3"):
        label(watched, "ann", file=table)
    assert not file_of(watched, "ann").exists()


def test_labels_of_attempts_that_no_plan_drew_say_nothing_of_shares(watched: Path, tmp_path: Path) -> None:
    press(watched, "g\n\ng\n\n", "--n", "2")
    plan = [one["attempt_id"] for one in flags(watched, n=6).plan]
    table = tmp_path / "labels.csv"
    table.write_text("attempt_id,label\n" + "".join(f"{name},spurious_harness\n" for name in plan[2:]))
    press(watched, "", "--from", str(table), "--n", "2")
    assert len(labels_of(watched, "ann")) == 6
    assert (agreement(watched).spurious[0]["n"], agreement(watched).spurious[0]["share"]) == (2, 0.0)


def test_a_broken_plan_is_refused(watched: Path) -> None:
    press(watched, "q\n", "--n", "2")
    (watched / "labels" / "plan.json").write_text("[]")
    with pytest.raises(BadInput, match="holds no plan"):
        flags(watched)


def test_flags_and_readers_share_one_plan(watched: Path) -> None:
    press(watched, "g\n\n", "--n", "1", "--seed", "5")
    assert flags(watched, n=1).plan[0]["attempt_id"] == next(iter(read(file_of(watched, "ann"))))


def test_what_a_flag_suggests_is_asked_of_readers_and_decides_nothing(tmp_path: Path) -> None:
    cheats = [agent(f"c{k}", ("cat /tests/expected_output.txt", None)) for k in range(2)]
    fails = agent("f", ("cat /tests/expected_output.txt", None), value="I")
    root = study(tmp_path / "s", ("m", [*(agent(f"s{k}", ("ls", None)) for k in range(30)), *cheats, fails]))
    for count in (2, 0):
        assert f"{count} attempts were marked" in flags(root, mark=True).notes[-1]
    with pytest.raises(NoAnswer, match="no-labels"):
        agreement(root)
    told = press(root, "v\n\ni\n\ni\n\n", "--n", "1", "--seed", "2")
    assert "of 3:" in told
    held = read(file_of(root, "ann")).values()
    assert sorted((one.label, one.planned) for one in held)[:2] == [("invalid_success", False)] * 2
    assert len(agreement(root).invalid) == 2


def test_marks_need_a_study(watched: Path) -> None:
    with pytest.raises(BadInput, match="without a study"):
        flags(watched / "logs", mark=True)
    with pytest.raises(BadInput, match="some person's"):
        check_reader("flags", comparing=False)


def test_agreement_tells_what_flags_met(tmp_path: Path) -> None:
    cut = agent("s", ("ls", None), limit={"type": "time", "limit": 1}, value="I")
    root = study(tmp_path / "s", ("m", [cut]))
    press(root, "h\n\n", "--n", "1")
    assert agreement(root).flags == ({"flag": "ended_by_limit", "label": "spurious_harness", "n": 1},)


def test_a_torn_tail_is_left_out_and_written_over(tmp_path: Path) -> None:
    path = tmp_path / "labels" / "ann.jsonl"
    add(path, Label("1", "ann", "unsure"))
    path.write_bytes(path.read_bytes() + b'{"attempt_id": "2", "rea')
    assert list(read(path)) == ["1"]
    add(path, Label("3", "ann", "genuine_failure"))
    assert list(read(path)) == ["1", "3"]
    assert path.read_bytes().endswith(b"}\n")


def test_the_last_label_of_an_attempt_counts(tmp_path: Path) -> None:
    path = tmp_path / "ann.jsonl"
    for name in ("unsure", "valid_success"):
        add(path, Label("1", "ann", name))
    assert read(path)["1"].label == "valid_success"


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ann.jsonl"
    path.write_text('{"attempt_id": "1"}\n')
    with pytest.raises(BadInput, match="line 1"):
        read(path)


def test_where_readers_differ_nothing_stands() -> None:
    said = {"a": {"1": Label("1", "a", "unsure")}, "b": {"1": Label("1", "b", "valid_success")}}
    assert final(said) == ({}, ["1"])


@pytest.mark.parametrize("name", ["", "../x", "a/b", "x" * 41, ".hidden"])
def test_a_name_that_is_no_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="reader is called"):
        file_of(tmp_path, name)


def test_refusals_say_what_is_needed(watched: Path) -> None:
    with pytest.raises(NoAnswer, match="no-labels"):
        agreement(watched)
    with pytest.raises(UnknownName):
        Label("1", "ann", "wrong")
    assert CliRunner().invoke(command, [str(watched), "-q"]).exception is not None


def test_the_plan_keeps_its_seed(watched: Path) -> None:
    seen: list[str] = []

    def ask(card: Card) -> None:
        seen.append(card.attempt_id)

    label(watched, "ann", n=2, seed=3, ask=ask)
    label(watched, "bob", n=2, seed=9, ask=ask)
    assert seen[0] == seen[1]
