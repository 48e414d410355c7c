"""What is declared, locked and looked for agrees."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tasklaws.core.doctor import CORE, EXTRAS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def lock(root: Path) -> str:
    return (root / "requirements.lock").read_text(encoding="utf-8")


def name_of(requirement: str) -> str:
    return re.split(r"[\[><=!~; ]", requirement, maxsplit=1)[0]


def test_doctor_looks_for_every_core_dependency(project: dict[str, Any]) -> None:
    assert tuple(sorted(map(name_of, project["dependencies"]))) == CORE


def test_doctor_looks_for_every_extra(project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    declared = {
        name: tuple(sorted(map(name_of, extras[name]))) for name in extras if name not in ("all", "dev")
    }
    assert declared == EXTRAS


def test_all_is_the_union_of_the_extras(project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    (union,) = extras["all"]
    named = re.fullmatch(r"tasklaws\[(.*)\]", union)
    assert named is not None
    assert set(named[1].split(",")) == set(extras) - {"all", "hf"}  # PyTorch is heavy


def test_lock_pins_every_declared_package_with_hashes(project: dict[str, Any], lock: str) -> None:
    pinned = dict(
        re.findall(
            r"^([a-z0-9.-]+)(?:\[[a-z,]+\])?==(.*(?:\n    --hash=sha256:[0-9a-f]{64}.*)+)", lock, re.MULTILINE
        )
    )
    declared = [
        *project["dependencies"],
        *(r for name, e in project["optional-dependencies"].items() if name not in {"all", "hf"} for r in e),
    ]
    assert set(map(name_of, declared)) <= set(pinned)
    assert len(pinned) > len(CORE)
    assert all(line.startswith(("    ", "#")) or "==" in line for line in lock.splitlines())


def test_lock_names_no_host_and_no_place(lock: str) -> None:
    assert not re.search(r"://|^--|^-[a-z]\b| @ |file:|/home/|/opt/|/root/", lock, re.MULTILINE)


def test_wheel_holds_every_file_of_the_package(root: Path, tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("tasklaws/")}
    source = root / "src"
    files = {str(path.relative_to(source)) for path in source.rglob("*") if path.is_file()}
    assert packed == {name for name in files if "__pycache__" not in name}
    assert "tasklaws/py.typed" in packed
