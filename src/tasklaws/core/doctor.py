"""What this machine can and cannot do: the function behind `tasklaws doctor`.

Nothing heavy is imported: packages are looked up by their metadata. Sandboxes stand in a higher
layer, so they are read by name, as an entry point would be, and each runs three short programs.
"""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CORE = (
    "click",
    "jinja2",
    "networkx",
    "numba",
    "numpy",
    "orjson",
    "polars",
    "pydantic",
    "pydantic-monty",
    "pyyaml",
    "rapidfuzz",
    "rfc8785",
    "rich",
    "scipy",
    "scoringrules",
    "threadpoolctl",
    "tomli-w",
    "zstandard",
)
"""Packages that every verb may need; a test holds them to pyproject.toml."""

EXTRAS = {
    "bayes": ("numpyro",),
    "hf": ("tokenizers", "torch", "transformers"),
    "inspect": ("inspect-ai",),
    "ladder": ("jax", "optax", "safetensors"),
    "png": ("vl-convert-python",),
    "ray": ("ray",),
    "sign": ("in-toto-attestation", "rfc3161-client", "securesystemslib"),
    "sigstore": ("sigstore",),
    "view": ("starlette", "uvicorn"),
}
"""Extra -> its packages; a test holds them to pyproject.toml."""

SANDBOX_PACKAGES = {"inspect": "inspect-ai", "monty": "pydantic-monty"}
"""Sandbox -> the package it is made of, where that has another name."""
SELF_TESTS = {
    "python": ("print(6 * 7)", "while True: pass", "print(open({!r}).read())"),
    "bash": ("echo $((6 * 7))", "while true; do :; done", "cat {!r}"),
}
"""Language -> a program that prints 42, one that never ends, one that reads the host's file of that name."""
SHORT = 0.1
"""Seconds after which the endless program must be stopped."""
HOST_TEXT = "this stands in a file of the host"

OLDEST_PYTHON = (3, 11)
LEAST_DISK = 1e9
"""Bytes below which a study of some size may not fit."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAC_BROWSER = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


class _Sandbox(Protocol):
    """What is used here of `tasklaws.spec.sandbox.Sandbox`."""

    languages: tuple[str, ...]
    run: Callable[..., Any]
    missing: Callable[[], str | None]


@dataclass(frozen=True)
class Check:
    """One thing looked at; a missing optional part takes nothing away from the rest."""

    name: str
    ok: bool
    detail: str
    required: bool = False


@dataclass(frozen=True)
class Health:
    """All that `doctor` looked at."""

    checks: tuple[Check, ...]

    @property
    def exit_code(self) -> int:
        """Return 0, or 4 where a required part is missing."""
        return 0 if all(check.ok for check in self.checks if check.required) else 4

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `doctor`."""
        return {"checks": [asdict(check) for check in self.checks]}


def doctor(folder: Path | None = None) -> Health:
    """Return what is there: Python, packages, extras, sandboxes, browser, disk, kernel cache.

    Args:
        folder: where studies will be written; default is the working folder.
    """
    return Health(
        (
            _python(),
            *(_package(name) for name in CORE),
            *(_extra(name, packages) for name, packages in EXTRAS.items()),
            *_sandboxes(),
            _chromium(),
            _disk(folder or Path.cwd()),
            _kernel_cache(),
        )
    )


def _python() -> Check:
    found = f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}"
    return Check("python", sys.version_info[:2] >= OLDEST_PYTHON, found, required=True)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _package(name: str) -> Check:
    found = _version(name)
    return Check(
        f"package:{name}", found is not None, found or "not installed; run `make setup`", required=True
    )


def _extra(name: str, packages: Iterable[str]) -> Check:
    found = {package: _version(package) for package in packages}
    missing = [package for package, which in found.items() if which is None]
    if missing:
        detail = f"{', '.join(missing)} not installed; pip install 'tasklaws[{name}]'"
        return Check(f"extra:{name}", ok=False, detail=detail)
    return Check(f"extra:{name}", ok=True, detail=", ".join(f"{p} {v}" for p, v in found.items()))


def _sandboxes() -> Iterator[Check]:
    for name, sandbox in Catalogue[_Sandbox]("sandbox", "tasklaws.sandboxes", "SANDBOX").items():
        start = time.perf_counter()
        wrong = _unfit(sandbox)
        told = f"{_what(name)}; self-test passed in {time.perf_counter() - start:.1f} s"
        yield Check(f"sandbox:{name}", wrong is None, wrong or told)


def _what(sandbox: str) -> str:
    """Return version or place of what a sandbox is made of."""
    package = SANDBOX_PACKAGES.get(sandbox, sandbox)
    return _version(package) or shutil.which(package) or "built in"


def _unfit(sandbox: _Sandbox) -> str | None:
    """Return why a sandbox cannot be used; None where it can, which is tried."""
    try:
        return sandbox.missing() or _self_test(sandbox)
    except Exception as error:  # noqa: BLE001  whatever ails a sandbox, the rest is still looked at
        return f"{type(error).__name__}: {error}"


def _self_test(sandbox: _Sandbox) -> str | None:
    """Return what a sandbox does wrong: give an answer, stop what does not end, keep host files out."""
    language = next((known for known in SELF_TESTS if known in sandbox.languages), None)
    if language is None:
        return f"no self-test for {', '.join(sandbox.languages)}"
    limits = importlib.import_module("tasklaws.spec.sandbox").RunLimits
    answer, endless, reads = SELF_TESTS[language]
    outcome = sandbox.run(answer, "", limits(seconds=10.0), language)
    if (outcome.kind, outcome.stdout.strip()) != ("ok", "42"):
        return f"a right program ended as {outcome.kind}: {outcome.detail}"
    outcome = sandbox.run(endless, "", limits(seconds=SHORT), language)
    if outcome.kind != "timeout":
        return f"an endless loop ended as {outcome.kind}"
    with tempfile.NamedTemporaryFile("w", prefix="tasklaws-", suffix=".txt") as file:
        file.write(HOST_TEXT)
        file.flush()
        Path(file.name).chmod(0o644)
        outcome = sandbox.run(reads.format(file.name), "", limits(seconds=10.0), language)
    return "IT READ A FILE OF THE HOST" if outcome.ok or HOST_TEXT in outcome.stdout else None


def _chromium() -> Check:
    found = next(filter(None, map(shutil.which, (*BROWSERS, MAC_BROWSER))), None)
    return Check(
        "chromium", found is not None, found or "not installed; only the tests of the report need it"
    )


def _disk(folder: Path) -> Check:
    free = shutil.disk_usage(folder).free
    return Check("disk", free >= LEAST_DISK, f"{free / 1e9:.1f} GB free in the working folder")


def _kernel_cache() -> Check:
    """Return whether compiled kernels can be kept: beside the source, or in the user's cache."""
    for place in _cache_places():
        if _writeable(place):
            return Check("kernel-cache", ok=True, detail=str(place))
    return Check(
        "kernel-cache", ok=False, detail="no writeable place; set NUMBA_CACHE_DIR, or each run compiles anew"
    )


def _cache_places() -> Iterator[Path]:
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(chosen)
        return
    yield Path(__file__).parent.parent / "infer"
    yield Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache")


def _writeable(place: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=place):
            return True
    except OSError:
        return False
