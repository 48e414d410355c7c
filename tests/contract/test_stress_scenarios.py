"""Every scenario of the catalogue is held to the contract of a stress test."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tasklaws.core.errors import UnknownName
from tasklaws.dossier.rating.procedure_file import shipped
from tasklaws.dossier.stress import SCENARIOS, stress_tests
from tasklaws.dossier.stress._rated import rated
from tasklaws.run.imports import import_runs
from tasklaws.study.folder import Study

NAMES = sorted(SCENARIOS)
KEYS = {"scenario", "status", "effect", "lower", "upper", "n_models", "method", "reason"}
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "stress-tests.md"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """Return the study of the `example`, which has one elicitation and no tokens."""
    folder = tmp_path_factory.mktemp("stress") / "study"
    import_runs("example", [], into=folder)
    return Study(folder)


@pytest.fixture(scope="module")
def rows(study: Study) -> dict[str, dict[str, Any]]:
    """Return the rows of the study by scenario."""
    return {row["scenario"]: row for row in stress_tests(study)}


def test_the_catalogue_holds_what_the_rating_procedure_asks_for() -> None:
    asked = {rule["scenario"] for rule in tomllib.loads(shipped().decode())["stress"]}
    assert asked <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_named_as_its_file_and_says_what_it_is(name: str) -> None:
    scenario = SCENARIOS[name]
    assert scenario.name == name
    assert scenario.run.__module__ == f"tasklaws.dossier.stress.{name}"
    assert scenario.status in {"published", "emerging"}
    assert all((scenario.title, scenario.summary, scenario.source))
    assert set(scenario.facts) == {"title", "assumes", "cannot tell"}
    assert all(text.endswith(".") for text in (scenario.assumes, scenario.cannot_tell))


@pytest.mark.parametrize("name", NAMES)
def test_the_page_tells_of_it(name: str) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"`{name}`" in text
    assert SCENARIOS[name].assumes in text
    assert SCENARIOS[name].cannot_tell in text


@pytest.mark.parametrize("name", NAMES)
def test_a_row_has_its_keys_and_an_effect_or_a_reason(name: str, rows: dict[str, dict[str, Any]]) -> None:
    row = rows[name]
    assert row.keys() == KEYS
    if row["status"] == "computed":
        assert row["lower"] <= row["effect"] <= row["upper"]
        assert -100 <= row["lower"] <= row["upper"] <= 100
        assert row["n_models"] >= 1
        assert row["method"].endswith(".")
    else:
        assert row["status"] in {"not-granted", "not-applicable"}
        assert (row["effect"], row["lower"], row["upper"], row["method"]) == (None,) * 4
        assert row["n_models"] == 0
        assert row["reason"]


def test_rows_come_by_name(rows: dict[str, dict[str, Any]]) -> None:
    assert list(rows) == NAMES


def test_the_model_is_the_furthest_one_unless_it_is_named(
    study: Study, rows: dict[str, dict[str, Any]]
) -> None:
    last = rated(study)
    assert last is not None
    assert stress_tests(study, last.model) == list(rows.values())
    others = set(last.study.target_cells()[0]["model"]) - {last.model}
    assert stress_tests(study, min(others)) != list(rows.values())
    with pytest.raises(UnknownName, match="model"):
        stress_tests(study, "no such model")


def test_naming_the_scenarios_loads_no_heavy_library() -> None:
    code = (
        "import sys; from tasklaws.dossier.stress import SCENARIOS; list(SCENARIOS)\n"
        "print(sorted({'numpy', 'polars', 'scipy', 'numba'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
