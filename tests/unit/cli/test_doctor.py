"""What `doctor` says of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core import doctor as module
from tasklaws.core.doctor import Check, Health, doctor

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def find(health: Health, name: str) -> Check:
    (found,) = [check for check in health.checks if check.name == name]
    return found


def test_doctor_core_is_there_and_names_are_unique() -> None:
    health = doctor()
    names = [check.name for check in health.checks]
    assert len(names) == len(set(names))
    assert all(check.ok for check in health.checks if check.required)
    assert health.exit_code == 0


def test_doctor_missing_extra_is_not_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EXTRAS", {"odd": ("no-such-package-of-this-name",)})
    health = doctor()
    assert find(health, "extra:odd").ok is False
    assert "pip install 'tasklaws[odd]'" in find(health, "extra:odd").detail
    assert health.exit_code == 0


def test_doctor_missing_core_package_is_exit_code_four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CORE", ("no-such-package-of-this-name",))
    assert doctor().exit_code == 4


def test_doctor_sandboxes_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.sys, "platform", "darwin")
    assert find(doctor(), "sandbox:bwrap") == Check("sandbox:bwrap", ok=False, detail="needs Linux")
    assert find(doctor(), "sandbox:monty").required is False


def test_doctor_kernel_cache_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert find(doctor(), "kernel-cache") == Check("kernel-cache", ok=True, detail=str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "absent"))
    assert find(doctor(), "kernel-cache").ok is False


def test_doctor_little_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAST_DISK", 1e30)
    assert find(doctor(tmp_path), "disk").ok is False
