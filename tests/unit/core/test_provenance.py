from __future__ import annotations

import hashlib
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasklaws.core.errors import BadInput
from tasklaws.core.provenance import canonical_json, code_version, sha256_hex, table_hash

TABLE = pl.DataFrame(
    {
        "name": ["b", "a", None, "é"],
        "value": [1.5, None, 0.0, -2.0],
        "flag": [True, False, None, True],
        "day": [date(2024, 1, 1), None, date(2023, 1, 1), date(2024, 1, 1)],
        "count": [1, 2, 3, None],
    }
)


def test_canonical_json_sorts_keys_and_writes_the_shortest_numbers() -> None:
    # The numbers of RFC 8785, section 3.2.2.
    written = canonical_json({"b": [333333333.33333329, 1e30, 4.50, 2e-3, 1e-27], "a": "\u20ac$\u000f\nA'"})
    assert written == b'{"a":"\xe2\x82\xac$\\u000f\\nA\'","b":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**60, "\ud800", object(), {1: 2}])
def test_canonical_json_refuses_what_has_none(value: object) -> None:
    with pytest.raises(BadInput, match="canonical JSON"):
        canonical_json(value)


def test_sha256_hex_is_sha256() -> None:
    assert sha256_hex(b"abc") == hashlib.sha256(b"abc").hexdigest()


def test_code_version_has_a_hash_of_the_sources() -> None:
    assert code_version() == code_version()
    assert len(code_version().rpartition("sha256:")[2]) == 8


@settings(deadline=None)
@given(st.permutations(range(4)), st.permutations(TABLE.columns))
def test_table_hash_is_of_the_rows_whatever_their_order(rows: list[int], columns: list[str]) -> None:
    assert table_hash(TABLE[rows].select(columns)) == table_hash(TABLE)


@pytest.mark.parametrize(
    "changed",
    [
        TABLE.with_columns(pl.col("value").fill_null(0.0)),
        TABLE.with_columns(pl.col("name").fill_null("")),
        TABLE.with_columns(pl.col("count").cast(pl.Float64)),
        TABLE.with_columns(pl.col("value") + 1e-15),
        TABLE.head(3),
        pl.concat([TABLE, TABLE.head(1)]),
        TABLE.rename({"count": "counts"}),
        TABLE.with_columns(name=pl.Series(["ba", "", None, "é"])),
    ],
)
def test_table_hash_tells_tables_apart(changed: pl.DataFrame) -> None:
    assert table_hash(changed) != table_hash(TABLE)


def test_table_hash_of_no_rows_depends_on_the_columns() -> None:
    assert table_hash(TABLE.clear()) != table_hash(TABLE.clear().drop("flag"))
