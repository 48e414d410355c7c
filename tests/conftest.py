"""What every test may ask for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Two workers on two cores: libraries that bring their own threads would only get in each other's way.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"):
    os.environ.setdefault(variable, "1")

ROOT = Path(__file__).resolve().parent.parent

# Compiling is most of what tests of small models cost: both workers share what was compiled once.
for variable, value in {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_COMPILATION_CACHE_DIR": str(ROOT / ".pytest_cache" / "compiled"),
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
}.items():
    os.environ.setdefault(variable, value)


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the root of the repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data(root: Path) -> Path:
    """Return the folder of real results beside the repository, or skip."""
    folder = root.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the folder of real results, ../shared/data, is not there")
    return folder
