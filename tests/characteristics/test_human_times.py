"""Human times over a thousand worlds, and that the stored table is of the present code."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from tests.characteristics.human_times import (
    PAGE,
    TABLE,
    cache_file,
    code_hash,
    page,
    run,
    store,
    stored_figures,
    table,
)
from tests.characteristics.human_worlds import DESIGNS, WORLDS, Design

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

STORED = stored_figures(json.loads(TABLE.read_text(encoding="utf-8")))


@pytest.mark.characteristics
def test_human_times_are_measured_and_stored(capsys: pytest.CaptureFixture[str]) -> None:
    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)  # noqa: T201 - progress of a long run

    store(table(run(DESIGNS, WORLDS, cache_file(), say)))


def test_the_stored_table_is_of_the_present_code() -> None:
    stored = json.loads(TABLE.read_text(encoding="utf-8"))
    assert stored["code_sha256"] == code_hash(), (
        "the source changed: python -m tests.characteristics.human_times --store"
    )
    assert PAGE.read_text(encoding="utf-8") == page(stored), "the page is not that of the table"


def test_every_design_was_drawn_as_often_as_it_says() -> None:
    drawn = {one.design: one.worlds for one in STORED}
    assert set(drawn) == {design.name for design in DESIGNS}
    for design in DESIGNS:
        asked = {
            one.quantity: one for one in STORED if one.design == design.name and one.quantity in design.asked
        }
        assert set(asked) == set(design.asked)
        assert all(one.worlds == min(WORLDS, design.worlds) for one in asked.values())


@pytest.mark.parametrize(
    "one",
    [one for one in STORED if (one.least, one.most) != (None, None)],
    ids=lambda o: f"{o.design}: {o.quantity}",
)
def test_what_was_asked_for_is_kept(one: object) -> None:
    assert one.kept  # type: ignore[attr-defined]


def test_a_stopped_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    drawn = []

    def world(rng: np.random.Generator) -> dict[str, float | None]:
        drawn.append(1)
        return {"value": float(rng.random())}

    designs, cache = [Design("made up", world)], tmp_path / "kept.jsonl"
    first = run(designs, 3, cache, lambda _: None)
    with cache.open("a", encoding="utf-8") as lines:
        lines.write('{"design": "made')
    again = run(designs, 5, cache, lambda _: None)
    assert len(drawn) == 5
    assert again["made up"][:3] == first["made up"]
