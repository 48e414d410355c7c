from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tasklaws.cli.main import main
from tasklaws.core.errors import BadInput, BadPlan, UnknownName
from tasklaws.report.preview import preview

if TYPE_CHECKING:
    from pathlib import Path


def test_preview_writes_a_page_and_returns_its_numbers(tmp_path: Path) -> None:
    result = preview("addition", tmp_path / "a.html")
    page = (tmp_path / "a.html").read_bytes()
    assert len(page) == result.bytes
    assert b"tasklaws preview of a family" in page
    thresholds = [row["threshold"] for row in result.tasks]
    assert thresholds == sorted(thresholds)
    by_metric = {row["metric"] for row in result.curves}
    assert by_metric >= {"exact", "edit_similarity"}
    assert preview("addition", tmp_path / "b.html").bytes == result.bytes
    assert (tmp_path / "b.html").read_bytes() == page


def test_expected_scores_rise_with_compute_where_higher_is_better(tmp_path: Path) -> None:
    rows = preview("transform", tmp_path / "t.html").curves
    exact = [row["value"] for row in rows if row["metric"] == "exact" and row["size"] == "8"]
    assert exact == sorted(exact)
    assert exact[-1] > 0.9
    assert exact[0] < 0.1


def test_preview_from_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "s.html"
    assert main(["preview", "sha_chain", "--call-limit", "1", "--out", str(out), "--json", "--quiet"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["command"] == "preview"
    assert [row["top"] > 0.9 for row in document["tasks"]] == [True] * 6 + [False] * 2
    assert document["tasks"][-1]["threshold"] is None
    assert document["tasks"][-1]["reason"]


def test_wrong_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="sum_range"):
        preview("sum_rang", tmp_path / "x.html")
    with pytest.raises(BadPlan, match="call_limit"):
        preview("sum_range", tmp_path / "x.html", call_limit=-1)
    with pytest.raises(BadInput, match="is a folder"):
        preview("sum_range", tmp_path)
    assert not list(tmp_path.iterdir())
