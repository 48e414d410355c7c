from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasklaws.core.errors import BadLadder
from tasklaws.spec.ladder import Rung
from tasklaws.spec.ladder_file import ladder_bytes, make_ladder, read_ladder, write_ladder

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLE = """
axis = "flops"
[[rung]]
model = "pythia-410m"
lineage = "pythia"
n_params = "410M"
n_tokens = "300B"
loss_nats = 2.21
loss_corpus = "pile-val"
released = 2023-02-13
seed = 0
source = "arXiv 2304.01373"
[rung.task_loss]
arc_easy = 1.25
[[rung]]
model = "next"
lineage = "pythia"
n_params = 1.4e9
"""


def test_read_ladder_takes_the_documented_file(tmp_path: Path) -> None:
    path = tmp_path / "ladder.toml"
    path.write_text(EXAMPLE)
    ladder = read_ladder(path)
    assert ladder["pythia-410m"] == Rung(
        "pythia-410m",
        "pythia",
        n_params=410e6,
        n_tokens=300e9,
        flops=6 * 410e6 * 300e9,
        flops_source="6ND",
        loss_nats=2.21,
        loss_corpus="pile-val",
        released=date(2023, 2, 13),
        seed=0,
        source="arXiv 2304.01373",
        task_loss=(("arc_easy", 1.25),),
    )
    assert ladder["next"].flops is None


def test_read_ladder_takes_a_csv_of_the_same_names(tmp_path: Path) -> None:
    path = tmp_path / "ladder.csv"
    path.write_text(
        "model,lineage,n_params,released,seed,task_loss.arc\na,l,7B,2024-05-01,1,2.5\nb,l,13e9,,2,\n"
    )
    ladder = read_ladder(path)
    assert ladder["a"] == Rung("a", "l", 7e9, released=date(2024, 5, 1), seed=1, task_loss=(("arc", 2.5),))
    assert ladder["b"] == Rung("b", "l", 13e9, seed=2)


counts = st.none() | st.floats(1, 1e25)
names = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20).filter(str.strip)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(
            Rung, names, names, counts, counts, counts, st.none(), st.none(), st.none(), st.none(),
            st.none() | st.dates(), st.none() | st.integers(0, 9), st.none() | st.integers(0, 10**6), names,
        ),
        min_size=1, max_size=5, unique_by=lambda rung: rung.model,
    )
)  # fmt: skip
def test_a_written_ladder_reads_back_the_same(
    tmp_path_factory: pytest.TempPathFactory, rungs: list[Rung]
) -> None:
    try:
        ladder = make_ladder(rungs)
    except BadLadder:
        return
    path = tmp_path_factory.mktemp("ladder") / "ladder.toml"
    write_ladder(path, ladder)
    assert read_ladder(path) == ladder
    assert path.read_bytes() == ladder_bytes(ladder)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "0 rows"),
        ("axis = 'flops'", "0 rungs"),
        ("axis = 'flop'\n[[rung]]\nmodel='a'", "Did you mean 'flops'"),
        ("ax = 1\n[[rung]]\nmodel='a'", "no key called 'ax'"),
        ("[[rung]]\nmodel='a'\nn_parms=1", "rung 1: there is no key called 'n_parms'.*'n_params'"),
        ("[[rung]]\nn_params=1", "'model' is missing"),
        ("[[rung]]\nmodel='a'\nn_params='big'", "rung 1, n_params: 'big' is not a count"),
        ("[[rung]]\nmodel='a'\nreleased='May'", "released: 'May' is not a date"),
        ("[[rung]]\nmodel='a'\nseed=1.5", "1.5 is not whole"),
        ("[[rung]]\nmodel=7", "7 is not text"),
        ("rung = 3", "not a list of tables"),
        ("[[rung", "ladder.toml"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "ladder.toml"
    path.write_text(text)
    from tasklaws.core.errors import BadInput

    with pytest.raises(BadInput, match=says):
        read_ladder(path)
