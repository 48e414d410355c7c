"""What a study left of the insides of its models is read whole, or refused with a way out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.report.looked_into import inside

from tasklaws.assess.internals import Internals, internals
from tasklaws.cli.internals_words import internals_words
from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "internals.json"


def test_without_a_file_nothing_was_found(path: Path) -> None:
    assert internals(path) == Internals()
    assert internals(path).document() == {"tuning": [], "probes": []}


def test_what_was_written_is_told(path: Path) -> None:
    path.write_text(json.dumps(inside()))
    assert internals(path).document() == inside()


def test_keys_that_are_not_known_are_left_out(path: Path) -> None:
    told = inside()
    told["probes"][0]["place"] = [0, 1]
    path.write_text(json.dumps(told))
    assert internals(path).document() == inside()


def _broken(change: dict[str, Any]) -> str:
    told = inside()
    told["tuning"][0].update(change)
    return json.dumps(told)


@pytest.mark.parametrize(
    "text",
    [
        "no JSON",
        "[]",
        '{"tuning": []}',
        '{"tuning": [{}], "probes": []}',
        _broken({"before": "0.3"}),
        _broken({"after": None}),
        _broken({"n": True}),
        _broken({"lower": float("nan")}),
        _broken({"model": 7}),
    ],
)
def test_a_broken_file_is_refused(path: Path, text: str) -> None:
    path.write_text(text)
    with pytest.raises(BadInput, match="does not hold internals"):
        internals(path)


def test_the_command_line_tells_both_sides_and_the_interval() -> None:
    lines = list(internals_words({"internals": inside()}))
    assert any(
        all(part in line for part in ("d24_s0", "0.30", "0.60", "0.20 to 0.40", "800", "90"))
        for line in lines
    )
    assert any(all(part in line for part in ("first letter", "0.80", "0.50")) for line in lines)
    assert list(internals_words({"internals": {"tuning": [], "probes": []}})) == []
