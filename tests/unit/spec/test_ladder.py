from __future__ import annotations

from datetime import date

import pytest

from tasklaws.core.errors import BadLadder, UnknownName
from tasklaws.core.tables import LADDER
from tasklaws.spec.ladder import Rung
from tasklaws.spec.ladder_file import make_ladder

SMALL = Rung("small", "p", n_params=1e8, n_tokens=2e9, loss_nats=3.0, loss_corpus="c4")
LARGE = Rung("large", "p", n_params=1e9, n_tokens=2e10, loss_nats=2.5, loss_corpus="c4")
LARGE_LONG = Rung("large-long", "p", n_params=1e9, n_tokens=9e10, loss_nats=2.4, loss_corpus="c4")
OLD = Rung("old", "api", released=date(2023, 1, 1))
NEW = Rung("new", "api", released=date(2024, 1, 1))


def test_of_orders_a_lineage_along_its_axis() -> None:
    ladder = make_ladder([LARGE, NEW, SMALL, OLD])
    assert ladder.axis == "flops"
    assert [rung.model for rung in ladder.of("p")] == ["small", "large"]
    assert [rung.model for rung in ladder.of("api")] == ["old", "new"]
    assert ladder.lineages() == ("p", "api")


def test_losses_order_downwards() -> None:
    ladder = make_ladder([SMALL, LARGE_LONG, LARGE], axis="loss_nats")
    assert [rung.model for rung in ladder.of("p")] == ["small", "large", "large-long"]


def test_rungs_without_a_place_come_last() -> None:
    ladder = make_ladder([Rung("unknown", "p"), LARGE, SMALL])
    assert [rung.model for rung in ladder.of("p")] == ["small", "large", "unknown"]


@pytest.mark.parametrize(
    ("rungs", "axis"),
    [
        ([SMALL, LARGE], "flops"),
        ([Rung("a", n_params=1e6), Rung("b", n_params=1e7)], "n_params"),
        ([OLD, NEW], "released"),
        ([Rung("a", loss_nats=3), Rung("b", loss_nats=2)], "loss_nats"),
        ([SMALL], "flops"),
        ([Rung("a")], "flops"),
    ],
)
def test_axis_is_the_first_that_two_rungs_have(rungs: list[Rung], axis: str) -> None:
    assert make_ladder(rungs).axis == axis


def test_size_groups_rungs_that_are_held_out_together() -> None:
    ladder = make_ladder([SMALL, LARGE, LARGE_LONG, OLD, NEW])
    assert ladder.size_of("large") == ladder.size_of("large-long") == "p|1e+09"
    assert ladder.size_of("small") != ladder.size_of("large")
    assert ladder.size_of("new") == "new"
    assert ladder.is_release_ladder("api")
    assert not ladder.is_release_ladder("p")


def test_next_is_the_lowest_rung_without_cells() -> None:
    ladder = make_ladder([LARGE_LONG, LARGE, SMALL])
    assert ladder.next_after([]) == ladder["small"]
    assert ladder.next_after({"small"}) == ladder["large"]
    assert ladder.next_after({"small", "large", "large-long"}) is None


def test_compute_is_6nd_where_it_is_not_stated() -> None:
    ladder = make_ladder(
        [SMALL, Rung("b", "p", n_params=1e9, n_tokens=1e10, flops=1e20, loss_nats=2.5, loss_corpus="c4"), OLD]
    )
    assert (ladder["small"].flops, ladder["small"].flops_source) == (6 * 1e8 * 2e9, "6ND")
    assert (ladder["b"].flops, ladder["b"].flops_source) == (1e20, "stated")
    assert (ladder["old"].flops, ladder["old"].flops_source) == (None, None)
    assert any("1 of 3 models is not stated" in warning for warning in ladder.warnings)


def test_unknown_models_and_lineages_are_named() -> None:
    ladder = make_ladder([SMALL, LARGE])
    with pytest.raises(UnknownName, match="Did you mean 'small'"):
        ladder["smal"]
    with pytest.raises(UnknownName, match="lineage"):
        ladder.of("q")


def test_table_has_the_declared_schema() -> None:
    table = make_ladder([SMALL, OLD]).table()
    assert table.columns == list(LADDER.names)
    assert table["released"].to_list() == [None, date(2023, 1, 1)]


@pytest.mark.parametrize(
    ("rungs", "says"),
    [
        (
            [SMALL, Rung("twin", "p", n_params=1e8, n_tokens=2e9)],
            "'small' and 'twin' have the same lineage, size",
        ),
        ([SMALL, Rung("small", "p", n_params=2e8)], "two models are called 'small'"),
        ([Rung("a", n_params=0)], "n_params = 0"),
        ([Rung("a", flops=-1)], "flops = -1"),
        ([Rung("")], "has 0 characters"),
        ([Rung("m" * 257)], "has 257 characters"),
        ([Rung("a", loss_nats=2.0), Rung("b", bits_per_byte=0.9)], "mixes units"),
        (
            [Rung("a", loss_nats=2.0, loss_corpus="c4"), Rung("b", loss_nats=1.9, loss_corpus="pile")],
            "different corpora: c4, pile",
        ),
        ([Rung("a", loss_nats=2.0, loss_corpus="c4"), Rung("b", loss_nats=1.9)], r"\(not stated\), c4"),
    ],
)
def test_ladders_that_cannot_be_told_apart_or_measured_are_refused(rungs: list[Rung], says: str) -> None:
    with pytest.raises(BadLadder, match=says):
        make_ladder(rungs)


@pytest.mark.parametrize(
    "rungs",
    [
        [SMALL, Rung("twin", "p", n_params=1e8, n_tokens=2e9, replicate="2")],
        [SMALL, Rung("twin", "q", n_params=1e8, n_tokens=2e9)],
        [OLD, Rung("also old", "api", released=date(2023, 1, 1))],
        [Rung("a", "x", loss_nats=2.0, loss_corpus="c4"), Rung("b", "y", loss_nats=1.9, loss_corpus="pile")],
        [
            Rung("a", loss_nats=2.0, bits_per_byte=1.0, loss_corpus="c4"),
            Rung("b", bits_per_byte=0.9, loss_corpus="pile"),
        ],
    ],
)
def test_ladders_that_can_are_taken(rungs: list[Rung]) -> None:
    assert len(make_ladder(rungs)) == 2


@pytest.mark.parametrize(
    ("rungs", "says"),
    [
        (
            [
                LARGE,
                Rung("again", "p", n_params=1e9, n_tokens=2e10, seed=1, loss_nats=2.51, loss_corpus="c4"),
            ],
            "1 ties on flops",
        ),
        (
            [SMALL, Rung("worse", "p", n_params=1e9, n_tokens=2e10, loss_nats=3.1, loss_corpus="c4")],
            "loss_nats does not fall",
        ),
        ([Rung("a", n_params=7), Rung("b", n_params=7e9)], "is a unit missing"),
        ([SMALL, SMALL], "1 rungs were listed twice"),
        ([Rung("mixtral-8x7B", n_params=47e9)], "mixture of experts"),
        ([Rung("a\u200b"), Rung("a")], "read alike"),
    ],
)
def test_warnings(rungs: list[Rung], says: str) -> None:
    assert any(says in warning for warning in make_ladder(rungs).warnings)


def test_a_clean_ladder_warns_only_of_its_compute() -> None:
    assert make_ladder([SMALL, LARGE]).warnings == (
        "compute of 2 of 2 models is not stated and taken as 6 x parameters x tokens",
    )
