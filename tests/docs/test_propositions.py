"""The page of propositions names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "reference" / "propositions.md").read_text()
ROWS = {cells[1].strip(): cells for line in PAGE.splitlines() if len(cells := line.split("|")) > 5}


@pytest.mark.parametrize("name", [f"P{i}" for i in range(1, 24)])
def test_a_proposition_has_a_module_and_a_test_that_speak_of_it(name: str) -> None:
    modules = re.findall(r"`(\w+)`", ROWS[name][3])
    tests = re.findall(r"`(\w+\.py)`", ROWS[name][4])
    assert modules
    assert tests
    for module in modules:
        assert (ROOT / "src" / "tasklaws" / "theory" / f"{module}.py").exists()
    texts = [(ROOT / "tests" / "theory" / test).read_text() for test in tests]
    assert any(re.search(rf"\b{name}\b", text) for text in texts)
    assert any("simulat" in text.lower() or "rng" in text for text in texts)
