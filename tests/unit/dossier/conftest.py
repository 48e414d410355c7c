"""A small study with one forecast that was sealed and opened, and its dossier, signed by four people."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import polars as pl
import pytest

import tasklaws as tl

if TYPE_CHECKING:
    from pathlib import Path

ROLES = ("builder", "runner", "rater", "reviewer")
LARGEST = "d64_s0"
FACTS = """
[subject]
developer = "Example Models"

[roles.rater]
name = "R. Ater"

[access.architecture]
level = "read"
evidence = ["ladder.toml"]
"""


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a study of seven models and two families, whose largest model was forecast, then asked."""
    folder = tmp_path_factory.mktemp("dossier")
    tl.import_runs("example", [], into=folder / "all")
    cells = tl.Study(folder / "all").cells(metric="exact")
    cells = cells.select("model", "task_family", "task_id", "metric", "k", "n").filter(
        pl.col("model").str.ends_with("_s0"), pl.col("task_family").is_in(["add", "copy"])
    )
    for name, largest in (("first", False), ("next", True)):
        cells.filter((pl.col("model") == LARGEST) == largest).write_csv(folder / f"{name}.csv")
    study, ladder = folder / "study", folder / "all" / "ladder.toml"
    tl.import_runs("table", [folder / "first.csv"], into=study, ladder=ladder)
    tl.predict(study, LARGEST, seal=True)
    tl.import_runs("table", [folder / "next.csv"], into=study)
    tl.open_forecast(study)
    (study / "dossier.toml").write_text(FACTS)
    return study


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a private key for each role."""
    folder = tmp_path_factory.mktemp("keys")
    for role in ROLES:
        tl.dossier_key(folder / f"{role}.pem")
    return {role: folder / f"{role}.pem" for role in ROLES}


@pytest.fixture(scope="session")
def public(keys: dict[str, Path]) -> list[tuple[str, Path]]:
    """Return the public keys, as those who trust them give them."""
    return [(role, path.with_name(f"{path.name}.pub")) for role, path in keys.items()]


@pytest.fixture(scope="session")
def built(small_study: Path, keys: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the dossier of the study, signed in all roles; nobody writes to it."""
    folder = tmp_path_factory.mktemp("built") / "dossier"
    tl.dossier_build(small_study, folder, sign=keys)
    return folder


@pytest.fixture
def dossier(built: Path, tmp_path: Path) -> Path:
    """Return a copy of the dossier to do harm to."""
    return shutil.copytree(built, tmp_path / "dossier")
