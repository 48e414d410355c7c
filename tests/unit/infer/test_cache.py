"""Compiled kernels come from the disk cache when a second process asks for them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FORECAST = """
import importlib, json, pkgutil
from numba.core.dispatcher import Dispatcher
from tests.unit.infer.made_up import ladder
import tasklaws.infer
from tasklaws.infer.law import default_law

forecast = default_law(*ladder(tasks=6, rungs=3))
names = ["tasklaws.infer." + one.name for one in pkgutil.iter_modules(tasklaws.infer.__path__)]
values = [value for name in names for value in vars(importlib.import_module(name)).values()]
kernels = [value for value in values if isinstance(value, Dispatcher) and value.signatures]
used = {kernel.py_func.__qualname__: kernel.stats for kernel in kernels}
print(json.dumps({
    "first_point": forecast.points[0, 0, 0],
    "hits": {name: sum(one.cache_hits.values()) for name, one in used.items()},
    "misses": {name: sum(one.cache_misses.values()) for name, one in used.items()},
}))
"""


def _forecast(root: Path, cache: Path) -> dict[str, dict[str, int]]:
    paths = os.pathsep.join([str(root), str(root / "src")])
    environment = os.environ | {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": paths}
    found = subprocess.run(
        [sys.executable, "-c", FORECAST],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(found.stdout)


def _files(cache: Path) -> dict[str, int]:
    return {
        str(path.relative_to(cache)): path.stat().st_mtime_ns for path in cache.rglob("*") if path.is_file()
    }


def test_a_second_process_compiles_nothing(root: Path, tmp_path: Path) -> None:
    first = _forecast(root, tmp_path)
    compiled = _files(tmp_path)
    second = _forecast(root, tmp_path)
    assert {name.rsplit(".", 1)[1] for name in compiled} == {"nbi", "nbc"}
    assert _files(tmp_path) == compiled
    assert sum(first["misses"].values()) > 0
    called = {"layers", "_gradient", "_own_precision", "_working", "rates_of_levels", "log_scores"}
    assert called <= second["hits"].keys()
    assert all(second["hits"][name] >= 1 for name in called)
    assert set(second["misses"].values()) == {0}
    assert second["first_point"] == first["first_point"]
