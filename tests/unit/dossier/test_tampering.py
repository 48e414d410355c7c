"""Whatever is done to a dossier is seen, and an honest one verifies wherever it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from benchmarks.tampering import chains, flips, travels, whole_files

import tasklaws as tl

if TYPE_CHECKING:
    from pathlib import Path

Keys = list[tuple[str, "Path"]]
MANIFEST = "manifest.sha256"
"""A harm to its lines is told of the files that they name."""
FLIPS = 4
"""Per file; `python -m benchmarks.dossier` does 200."""


def test_an_honest_dossier_verifies_also_copied_and_zipped(built: Path, public: Keys, tmp_path: Path) -> None:
    found = tl.dossier_verify(built, keys=public)
    assert found.ok, found.failures
    assert found.trusted == {"builder", "runner", "rater", "reviewer"}
    assert set(found.recomputed.blocks) >= {
        "results",
        "forecast_scores",
        "preregistration",
        "tasks",
        "ladder",
    }
    assert all(travels(built, public, tmp_path).values())


def test_a_flipped_bit_is_caught_in_every_file(dossier: Path, public: Keys) -> None:
    harms = list(flips(dossier, public, np.random.default_rng(0), FLIPS))
    assert len(harms) > FLIPS * 12
    assert not [harm for harm in harms if not (harm.caught and (harm.named or MANIFEST in harm.place))]


@pytest.mark.slow
def test_two_hundred_flipped_bits_a_file_are_all_caught(dossier: Path, public: Keys) -> None:
    assert all(harm.caught for harm in flips(dossier, public, np.random.default_rng(1), 200))


def test_files_that_are_removed_added_or_exchanged_are_caught(dossier: Path, public: Keys) -> None:
    assert not [
        harm
        for harm in whole_files(dossier, public)
        if not (harm.caught and (harm.named or MANIFEST in harm.place))
    ]


def test_reordered_chains_are_caught(dossier: Path, public: Keys) -> None:
    harms = list(chains(dossier, public))
    assert {"line removed", "line repeated", "lines exchanged"} <= {harm.kind for harm in harms}
    assert not [harm for harm in harms if not (harm.caught and (harm.named or MANIFEST in harm.place))]
