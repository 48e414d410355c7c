"""Bad inputs that an import takes and that the verbs behind it have to answer."""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tasklaws.cli.main import main
from tasklaws.run.imports import import_runs

HERE = Path(__file__).parent
FILES = HERE / "files"


@dataclass(frozen=True)
class Case:
    row: int
    paths: list[str]
    ladder: str
    verb: str
    exit: int
    settings: str = ""
    says: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    flag: str | None = None
    label: str | None = None

    def __str__(self) -> str:
        return f"{self.row:02d}-{self.verb.split()[0]}"


CASES = [Case(**said) for said in tomllib.loads((HERE / "verbs.toml").read_text())["case"]]


def answer(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    study = folder / "study"
    import_runs("table", [FILES / path for path in case.paths], study, ladder=FILES / case.ladder)
    if case.settings:
        (study / "study.toml").write_text(case.settings + "\n")
    words = [word.replace("STUDY", str(study)).replace("FILES", str(FILES)) for word in case.verb.split()]
    assert main([*words, "--json", "--quiet"]) == case.exit
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


@pytest.mark.parametrize("case", [case for case in CASES if case.exit], ids=str)
def test_a_ladder_that_carries_no_law_is_refused_with_its_reason(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    message = answer(case, tmp_path, capsys)["error"]["message"]
    for fragment in case.says:
        assert fragment in message


@pytest.mark.parametrize("case", [case for case in CASES if not case.exit], ids=str)
def test_an_odd_ladder_is_forecast_and_flagged(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = answer(case, tmp_path, capsys)
    made = document["models"][0] if "models" in document else document
    assert made["tasks"]
    for task in made["tasks"]:
        assert 0 <= task["quantiles"]["0.05"] <= task["quantiles"]["0.95"] <= 1
        assert case.flag is None or case.flag in task["flags"]
    assert case.label is None or made["label"] == case.label
    for fragment in case.notes:
        assert any(fragment in note for note in document["warnings"])
