"""Compiled kernels come from the disk cache when a second process asks for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tasklaws.infer.irt.kernel import _factor, _solve, _variance

ROOT = Path(__file__).parents[4]

FIT = """
import json
import numpy as np
from numba.core.dispatcher import Dispatcher
from tasklaws.infer.irt import kernel, rasch

found = rasch.fit(np.ones((2, 2)), np.full((2, 2), 2.0))
used = {name: one.stats for name, one in vars(kernel).items() if isinstance(one, Dispatcher)}
print(json.dumps({
    "hits": {name: sum(one.cache_hits.values()) for name, one in used.items()},
    "misses": {name: sum(one.cache_misses.values()) for name, one in used.items()},
}))
"""


def _fit(cache: Path) -> dict[str, dict[str, int]]:
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": str(ROOT / "src")}
    found = subprocess.run(
        [sys.executable, "-c", FIT], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    told: dict[str, dict[str, int]] = json.loads(found.stdout)
    return told


@pytest.mark.slow
def test_a_second_process_compiles_nothing(tmp_path: Path) -> None:
    first, second = _fit(tmp_path), _fit(tmp_path)
    assert first["misses"]["climb_all"] == 1
    assert set(second["misses"].values()) == {0}
    assert set(second["hits"].values()) == {1}


@pytest.mark.parametrize("size", [1, 2, 7])
def test_systems_are_solved(size: int) -> None:
    rng = np.random.default_rng(size)
    root = rng.normal(size=(size, size))
    a, b = root @ root.T + np.eye(size), rng.normal(size=size)
    factor, x, direction = a.copy(), b.copy(), b.copy()
    _factor(factor)
    _solve(factor, x)
    assert x == pytest.approx(np.linalg.solve(a, b), rel=1e-9)
    assert _variance(factor, direction) == pytest.approx(b @ np.linalg.solve(a, b), rel=1e-9)
