"""Studies that tests copy, since some write to them."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.unit.assess.horizon_forecast.ladders import first, make

from tasklaws.assess.horizon_forecast import predict_horizon

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of eight models with results; the ninth, m8, stands on the ladder without."""
    return make(tmp_path_factory.mktemp("eight"), first(8))


@pytest.fixture(scope="session")
def made_and_sealed(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return that study with the sealed forecast of m8."""
    study = shutil.copytree(made, tmp_path_factory.mktemp("sealed") / "study")
    predict_horizon(study, "m8", draws=200, seal=True)
    return study


@pytest.fixture
def sealed(made_and_sealed: Path, tmp_path: Path) -> Path:
    """Return a copy to write to."""
    return shutil.copytree(made_and_sealed, tmp_path / "study")
