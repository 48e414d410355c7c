"""What this machine can and cannot do: the function behind `tasklaws doctor`.

Nothing heavy is imported: packages are looked up by their metadata.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CORE = (
    "click",
    "jinja2",
    "numba",
    "numpy",
    "orjson",
    "polars",
    "pydantic",
    "pyyaml",
    "rfc8785",
    "rich",
    "scipy",
    "scoringrules",
    "threadpoolctl",
    "tomli-w",
)
"""Packages that every verb may need; a test holds them to pyproject.toml."""

EXTRAS = {
    "bayes": ("numpyro",),
    "inspect": ("inspect-ai",),
    "ladder": ("jax", "optax"),
    "png": ("vl-convert-python",),
    "ray": ("ray",),
    "sign": ("in-toto-attestation", "securesystemslib"),
}
"""Extra -> its packages; a test holds them to pyproject.toml."""

OLDEST_PYTHON = (3, 11)
LEAST_DISK = 1e9
"""Bytes below which a study of some size may not fit."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAC_BROWSER = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"


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
            _monty(),
            _bwrap(),
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


def _monty() -> Check:
    found = _version("pydantic-monty")
    return Check("sandbox:monty", found is not None, found or "not installed; pip install pydantic-monty")


def _bwrap() -> Check:
    if sys.platform != "linux":
        return Check("sandbox:bwrap", ok=False, detail="needs Linux")
    found = shutil.which("bwrap")
    return Check("sandbox:bwrap", found is not None, found or "not installed; apt-get install bubblewrap")


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
