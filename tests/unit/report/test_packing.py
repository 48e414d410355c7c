from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasklaws.report.bundle import read_asset
from tasklaws.report.colours import dark, style_of, themed, variable
from tasklaws.report.drawing import INK, LAW, LINE, OUTCOME, PAPER, SOFT, chart, layer
from tasklaws.report.packing import Shelf, packed, unpacked, whole

VALUES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(0.5, 2) | st.sampled_from(["a", "b", ""])


@settings(max_examples=60)
@given(st.lists(st.fixed_dictionaries({"one": VALUES, "two": st.sampled_from(["x", "y"])}), max_size=12))
def test_rows_come_back_as_they_were_but_for_nulls(rows: list[dict[str, Any]]) -> None:
    back = unpacked(json.loads(json.dumps(packed(rows))))
    kept = [{key: value for key, value in row.items() if value is not None} for row in rows]
    assert json.dumps(back, sort_keys=True) == json.dumps(kept, sort_keys=True)  # tells True from 1


def test_numbers_that_are_none_and_other_types_become_text() -> None:
    assert unpacked(packed([{"a": float("nan"), "b": (1, 2)}])) == [{"a": "nan", "b": "(1, 2)"}]


def test_panels_of_one_look_share_a_spec() -> None:
    shelf = Shelf()
    specs = [
        chart([{"y": float(i)}], [layer("point", {"color": LAW}, {})], f"panel {i}", 100 + i)
        for i in range(3)
    ]
    panels = [shelf.put(spec) for spec in specs]
    assert len(shelf.specs) == 1
    assert [whole(panel, shelf.specs) for panel in panels] == [themed(spec) for spec in specs]


def test_colours_become_variables_and_names_that_read_like_colours_do_not() -> None:
    found = themed({"color": {"value": LAW}, "scale": {"domain": ["#ff0000"], "range": [OUTCOME]}})
    assert found == {
        "color": {"value": variable(LAW)},
        "scale": {"domain": ["#ff0000"], "range": [variable(OUTCOME)]},
    }
    style = style_of(json.dumps(found))
    assert f"--c{LAW[1:]}:{LAW};" in style
    assert f"--c{LAW[1:]}:{dark(LAW)};" in style
    assert "ff0000" not in style


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("turned", [str, dark], ids=["light", "dark"])
def test_texts_and_marks_of_charts_stand_out_in_light_and_dark(turned: Any) -> None:
    paper = turned(PAPER)
    assert all(contrast(turned(text), paper) >= 4.5 for text in (INK, SOFT))
    assert all(contrast(turned(mark), paper) >= 3 for mark in (LAW, OUTCOME))
    assert contrast(turned(LINE), paper) < 3  # lines of the grid stay in the background


def test_page_has_the_paper_on_which_charts_count() -> None:
    assert f"--paper: {dark(PAPER)}".encode() in read_asset("report.css")
