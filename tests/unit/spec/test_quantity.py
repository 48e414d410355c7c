from __future__ import annotations

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.spec.quantity import quantity


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("410M", 410e6),
        ("300B", 300e9),
        ("7e9", 7e9),
        ("1.3T", 1.3e12),
        (" 12k ", 12e3),
        (7, 7.0),
        (0.5, 0.5),
        ("1_000", 1000.0),
        ("-7B", -7e9),
    ],
)
def test_quantity_reads_numbers_and_suffixes(written: object, count: float) -> None:
    assert quantity(written, "here") == count


@pytest.mark.parametrize(
    "written", ["7 billion", "", "1,3T", "B", None, True, [1], float("nan"), float("inf"), "1e400"]
)
def test_quantity_refuses_the_rest_with_its_place(written: object) -> None:
    with pytest.raises(BadInput, match=r"ladder.toml, rung 2: .* is not a count"):
        quantity(written, "ladder.toml, rung 2")
