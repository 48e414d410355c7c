from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from tests.unit.assess.observation.logs import agent, log, said, sample, study

from tasklaws.assess.observation.observed import flags
from tasklaws.cli.verbs.flags import command
from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.assess.observation.observed import FlagsResult


@pytest.fixture
def watched(tmp_path: Path) -> Path:
    bad = agent("cheat \x1b[31m", ("cat /tests/expected_output.txt", None))
    cut = agent("cut", ("ls", None), limit={"type": "time", "limit": 3})
    good = [agent(f"good {k}", ("ls", None)) for k in range(8)]
    no = sample("no", said("user", "Do it."), said("assistant", "I'm sorry, but I can't help with that."))
    return study(tmp_path / "s", ("small", [*good, no]), ("large", [*good, bad, cut]))


def _row(found: FlagsResult, model: str, flag: str) -> dict[str, object]:
    (row,) = [one for one in found.rows if (one["model"], one["flag"]) == (model, flag)]
    return row


def test_flags_are_counted_by_model(watched: Path) -> None:
    found = flags(watched)
    assert _row(found, "large", "tampering")["flagged"] == 1
    assert _row(found, "large", "ended_by_limit")["flagged"] == 1
    assert _row(found, "small", "refused") | {"examples": 0, "lower": 0, "upper": 0} == {
        "model": "small",
        "flag": "refused",
        "attempts": 9,
        "flagged": 1,
        "share": 1 / 9,
        "suggests": None,
        "examples": 0,
        "lower": 0,
        "upper": 0,
    }
    assert sum(int(str(row["flagged"])) for row in found.rows) == 3


def test_an_example_says_where_it_stands(watched: Path) -> None:
    (example,) = _row(flags(watched), "large", "tampering")["examples"]  # type: ignore[misc]
    assert example["log_file"] == "large.json"
    assert example["place"] == "call 1, bash"
    assert "expected_output" in example["quote"]
    assert example["view"] == "#/logs/large.json/samples/sample/cheat%20%1B%5B31m/1"


def test_nothing_steers_a_terminal(watched: Path) -> None:
    run = CliRunner().invoke(command, [str(watched), "-q"])
    assert run.exit_code == 0
    assert "cheat" in run.stdout
    assert "\x1b" not in run.stdout


def test_document_has_its_keys(watched: Path) -> None:
    run = CliRunner().invoke(command, [str(watched / "logs"), "--json", "--n", "5"])
    document = json.loads(run.stdout)
    assert document["command"] == "flags"
    assert len(document["plan"]) == 5
    assert all(0 < one["probability"] <= 1 for one in document["plan"])
    assert any("inspect view bundle" in note for note in document["viewer"])


def test_one_log_is_enough(tmp_path: Path) -> None:
    path = log(tmp_path / "a.json", [agent("s", ("ls", None))])
    assert flags(path).rows[0]["attempts"] == 1


def test_a_study_without_attempts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="holds no attempts"):
        flags(study(tmp_path / "s"))
