"""The contract of every section of the report."""

from __future__ import annotations

import pickle
from dataclasses import replace

import pytest
from tests.unit.report.made_up import full, synthetic_cells
from tests.unit.report.test_ladder_sections import ladder_parts

from tasklaws.report.blocks import Block
from tasklaws.report.content import ReportInput
from tasklaws.report.section import SECTIONS, Section, in_order

CONTENT = replace(full(synthetic_cells(["add", "sort"])), **ladder_parts())


@pytest.mark.parametrize("name", SECTIONS)
def test_section_keeps_the_contract(name: str) -> None:
    section = SECTIONS[name]
    assert isinstance(section, Section)
    assert section.name == name
    assert section.title
    assert section.summary.endswith(".")
    assert section.source
    assert section.status in {"published", "emerging"}
    assert pickle.loads(pickle.dumps(section)) == section  # noqa: S301 - our own bytes


@pytest.mark.parametrize("name", SECTIONS)
def test_section_says_something_of_a_full_input_and_the_same_twice(name: str) -> None:
    blocks = SECTIONS[name].build(CONTENT)
    assert blocks
    assert all(isinstance(block, Block) for block in blocks)
    assert blocks == SECTIONS[name].build(CONTENT)


@pytest.mark.parametrize("name", SECTIONS)
def test_section_left_out_of_an_empty_input_says_what_it_needs(name: str) -> None:
    section = SECTIONS[name]
    assert section.build(ReportInput("empty")) or section.needs


def test_orders_are_distinct() -> None:
    orders = [section.order for section in in_order()]
    assert len(set(orders)) == len(orders)
