"""Who vouches: made once, for it takes processes; and a study of one's own for every test."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from tests.unit.anchors import made_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _needed(*programs: str) -> None:
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


@pytest.fixture(scope="session", autouse=True)
def _no_other_repository() -> Iterator[None]:
    """Keep git to the repositories named, also where the tests run inside one of its hooks."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> made_up.Authority:
    """Return a time-stamp authority, or skip without openssl."""
    _needed("openssl")
    return made_up.authority(tmp_path_factory.mktemp("anchors") / "authority")


@pytest.fixture(scope="session")
def signer(tmp_path_factory: pytest.TempPathFactory) -> made_up.Signer:
    """Return a repository that signs tags, or skip without git and ssh-keygen."""
    _needed("git", "ssh-keygen")
    return made_up.signer(tmp_path_factory.mktemp("anchors") / "signer")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return a small study with a seal in its log."""
    return made_up.study(tmp_path / "study")
