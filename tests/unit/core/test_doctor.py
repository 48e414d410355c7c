"""What `doctor` does to sandboxes: it tries them, and survives them."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tasklaws.core import doctor as module
from tasklaws.core.doctor import doctor
from tasklaws.sandboxes import SANDBOXES
from tasklaws.spec.sandbox import Outcome, RunLimits

if TYPE_CHECKING:
    from collections.abc import Callable


def local(code: str, stdin: str, limits: RunLimits, language: str) -> Outcome:
    """Run a program without any wall, as a sandbox must not."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=limits.seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome("timeout")
    return Outcome("ok" if done.returncode == 0 else "error", done.stdout, done.stderr)


@dataclass(frozen=True)
class Box:
    """As much of a sandbox as `doctor` looks at."""

    run: Callable[[str, str, RunLimits, str], Outcome] = local
    reason: str | None = None
    languages: tuple[str, ...] = ("python",)

    def missing(self) -> str | None:
        return self.reason


def told(box: Box, monkeypatch: pytest.MonkeyPatch) -> module.Check:
    """Return what `doctor` says where there is only this sandbox."""
    monkeypatch.setattr(module, "Catalogue", _only(box))
    (check,) = [check for check in doctor().checks if check.name.startswith("sandbox:")]
    assert check.name == "sandbox:odd"
    assert not check.required
    return check


def _only(box: Box) -> Any:
    """Return a class of catalogues that hold one sandbox."""

    class Only:
        def __class_getitem__(cls, _: object) -> Callable[..., dict[str, Box]]:
            return lambda *_: {"odd": box}

    return Only


def test_every_sandbox_of_the_catalogue_is_looked_at() -> None:
    checks = {check.name: check for check in doctor().checks if check.name.startswith("sandbox:")}
    assert set(checks) == {f"sandbox:{name}" for name in SANDBOXES}
    for name in SANDBOXES:
        reason = SANDBOXES[name].missing()
        assert checks[f"sandbox:{name}"].ok == (reason is None)
        assert (
            checks[f"sandbox:{name}"].detail == reason
            or "self-test passed" in checks[f"sandbox:{name}"].detail
        )


def test_version_is_told() -> None:
    pytest.importorskip("pydantic_monty")
    from importlib.metadata import version

    (check,) = [check for check in doctor().checks if check.name == "sandbox:monty"]
    assert check.detail.startswith(version("pydantic-monty"))


def test_sandbox_without_walls_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    check = told(Box(), monkeypatch)
    assert not check.ok
    assert check.detail == "IT READ A FILE OF THE HOST"


def answering(**answers: Outcome) -> Callable[[str, str, RunLimits, str], Outcome]:
    """Return a `run` that answers the three programs as told, else as a good sandbox would."""
    good = {"answer": Outcome("ok", "42\n"), "endless": Outcome("timeout"), "reads": Outcome("error")}

    def run(code: str, _: str, limits: RunLimits, language: str) -> Outcome:
        answer, endless, _ = module.SELF_TESTS[language]
        which = {answer: "answer", endless: "endless"}.get(code, "reads")
        return (good | answers)[which]

    return run


def test_sandbox_that_does_all_right_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    check = told(Box(answering()), monkeypatch)
    assert check.ok
    assert check.detail.startswith("built in; self-test passed in ")
    assert told(Box(answering(), languages=("bash",)), monkeypatch).ok


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"answer": Outcome("ok", "43\n")}, "a right program ended as ok"),
        ({"answer": Outcome("crashed", "", "no walls")}, "a right program ended as crashed: no walls"),
        ({"endless": Outcome("ok")}, "an endless loop ended as ok"),
        ({"reads": Outcome("ok")}, "IT READ A FILE OF THE HOST"),
        ({"reads": Outcome("error", module.HOST_TEXT)}, "IT READ A FILE OF THE HOST"),
    ],
)
def test_sandbox_that_does_wrong_is_told_so(
    answers: dict[str, Outcome], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = told(Box(answering(**answers)), monkeypatch)
    assert not check.ok
    assert check.detail.startswith(words)


def test_sandbox_that_is_missing_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> Outcome:
        raise AssertionError

    check = told(Box(never, "not here; go there"), monkeypatch)
    assert (check.ok, check.detail) == (False, "not here; go there")


def test_sandbox_that_fails_does_not_stop_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> Outcome:
        raise RuntimeError("it fell over")

    check = told(Box(fails), monkeypatch)
    assert (check.ok, check.detail) == (False, "RuntimeError: it fell over")


def test_sandbox_of_an_unknown_language_is_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    check = told(Box(answering(), languages=("fortran",)), monkeypatch)
    assert (check.ok, check.detail) == (False, "no self-test for fortran")


def test_file_that_must_not_be_read_can_be_read_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    modes: list[int] = []

    def looks(code: str, stdin: str, limits: RunLimits, language: str) -> Outcome:
        if "open(" in code:
            modes.append(Path(code.split("'")[1]).stat().st_mode & 0o777)
        return answering()(code, stdin, limits, language)

    assert told(Box(looks), monkeypatch).ok
    assert modes == [0o644]


def test_doctor_is_quick() -> None:
    doctor()
    start = time.process_time()
    doctor()
    assert time.process_time() - start < 1.0
