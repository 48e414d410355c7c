"""The corpus of bad inputs: each file with its exit code and message, through API and command line."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tasklaws.cli.main import main
from tasklaws.core.errors import TasklawsError
from tasklaws.run.imports import import_runs
from tasklaws.study.folder import Study

HERE = Path(__file__).parent
FILES = HERE / "files"


@dataclass(frozen=True)
class Case:
    row: int
    paths: list[str]
    format: str = "table"
    map: str | None = None
    ladder: str | None = None
    before: str | None = None
    exit: int = 0
    says: list[str] = field(default_factory=list)
    warns: list[str] = field(default_factory=list)
    quarantined: list[str] = field(default_factory=list)
    rows: int | None = None
    cells: int | None = None

    def arguments(self) -> dict[str, Any]:
        return {
            "format": self.format,
            "paths": [FILES / path for path in self.paths],
            "column_map": FILES / self.map if self.map else None,
            "ladder": FILES / self.ladder if self.ladder else None,
        }

    def words(self, study: Path) -> list[str]:
        """Return the command line of this case."""
        options = [("--map", self.map), ("--ladder", self.ladder)]
        given = [word for name, file in options if file for word in (name, str(FILES / file))]
        return [
            "import",
            self.format,
            *(str(FILES / path) for path in self.paths),
            "--into",
            str(study),
            *given,
            "--json",
        ]

    def __str__(self) -> str:
        return f"{self.row:02d}-{'-'.join(filter(None, (*self.paths, self.map, self.ladder)))}"


CASES = [Case(**said) for said in tomllib.loads((HERE / "manifest.toml").read_text())["case"]]
REFUSED = [case for case in CASES if case.exit]
TAKEN = [case for case in CASES if not case.exit]


def tree(folder: Path) -> dict[str, str]:
    """Return every file below `folder` -> its SHA-256."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """Return a study that holds something."""
    study = tmp_path / "there"
    import_runs("table", FILES / "18_one_model.csv", study, ladder=FILES / "18_one_model.toml")
    return study


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refused_input_says_why_and_leaves_the_study_as_it_was(case: Case, there: Path) -> None:
    if case.before:
        import_runs("table", FILES / case.before, there)
    as_it_was = tree(there)
    with pytest.raises(TasklawsError) as caught:
        import_runs(into=there, **case.arguments())
    assert caught.value.exit_code == case.exit
    for fragment in case.says:
        assert fragment in str(caught.value)
    assert tree(there) == as_it_was


@pytest.mark.parametrize("case", [case for case in REFUSED if not case.before], ids=str)
def test_refused_input_makes_no_study(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "deep" / "new"
    assert main(case.words(study)) == case.exit
    said = capsys.readouterr()
    for fragment in case.says:
        assert fragment in " ".join(said.err.split())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("case", TAKEN, ids=str)
def test_odd_input_is_taken_and_said(case: Case, tmp_path: Path) -> None:
    study = tmp_path / "study"
    if case.before:
        import_runs("table", FILES / case.before, study)
    result = import_runs(into=study, **case.arguments())
    assert result.rows == case.rows
    assert [f"{q.file}, row {q.row}: {q.reason}" for q in result.quarantined] == case.quarantined
    for fragment in case.warns:
        assert any(fragment in warning for warning in result.warnings), result.warnings
    if case.cells is not None:
        assert Study(study).cells().height == case.cells


@pytest.mark.parametrize("case", TAKEN, ids=str)
def test_odd_input_leaves_the_command_line_in_peace(
    case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = tmp_path / "study"
    if case.before:
        import_runs("table", FILES / case.before, study)
    assert main(case.words(study)) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["rows"] == case.rows
    assert len(document["quarantined"]) == len(case.quarantined)


def test_every_row_of_the_table_that_concerns_import_has_a_case() -> None:
    concerned = {*range(1, 34), *range(35, 44), 45, 46, *range(52, 57)}
    assert concerned <= {case.row for case in CASES}
