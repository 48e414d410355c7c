"""Studies made once per session; every test works on a copy of its own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.unit.assess.studies import Cells, make, of, planted, sized, take_in

from tasklaws.assess.forecast import predict

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def cells() -> Cells:
    """Return counts of six models m0 .. m5 on seven tasks, by a planted law."""
    return planted(sized(6))


@pytest.fixture(scope="session")
def _made(tmp_path_factory: pytest.TempPathFactory, cells: Cells) -> dict[str, Path]:
    """Return studies: of m0 .. m4; with m5 sealed; and with its results imported too."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("base", "sealed", "ready")}
    before = make(folders["base"], of(cells, *(f"m{i}" for i in range(5))), sized(6))
    sealed = shutil.copytree(before, folders["sealed"] / "study")
    predict(sealed, "m5", seal=True)
    ready = shutil.copytree(sealed, folders["ready"] / "study")
    take_in(folders["ready"], of(cells, "m5"), ready)
    return {"base": before, "sealed": sealed, "ready": ready}


@pytest.fixture
def base(_made: dict[str, Path], tmp_path: Path) -> Path:
    """Return a study with results of m0 .. m4 and a rung for m5."""
    return shutil.copytree(_made["base"], tmp_path / "study")


@pytest.fixture
def sealed(_made: dict[str, Path], tmp_path: Path) -> Path:
    """Return the same with a sealed forecast of m5."""
    return shutil.copytree(_made["sealed"], tmp_path / "study")


@pytest.fixture
def ready(_made: dict[str, Path], tmp_path: Path) -> Path:
    """Return the same with the results of m5, its forecast not opened yet."""
    return shutil.copytree(_made["ready"], tmp_path / "study")
