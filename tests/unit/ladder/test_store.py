"""The corpus on disk belongs to the preset that it was made for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.ladder.corpus import Ingredient
from tasklaws.ladder.preset import PRESETS
from tasklaws.ladder.store import made

if TYPE_CHECKING:
    from pathlib import Path

SMALL = replace(
    PRESETS["quick"], documents=60, mix=(Ingredient("addition", 1.0, (1, 2)),), items=3, elicited=1
)


def test_a_corpus_is_used_again_by_its_own_preset_only(tmp_path: Path) -> None:
    first = made(SMALL, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made(SMALL, tmp_path).sha256 == first.sha256
    with pytest.raises(BadInput, match=r"other documents than"):
        made(replace(SMALL, documents=61), tmp_path)
    with pytest.raises(BadInput, match=r"other mix than"):
        made(replace(SMALL, mix=(Ingredient("addition", 2.0, (1, 2)),)), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
