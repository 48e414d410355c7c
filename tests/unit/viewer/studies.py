"""Studies for the tests of the viewer: written as a run writes them, small, with whatever names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.core.provenance import sha256_hex
from tasklaws.study.log import Log

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = (
    "</script><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "../../../etc/passwd",
    "..",
    "=HYPERLINK(1)",
    "a b/c?d=e&f#g;h",
    "\u202eevil\x1b[31m",
    "{{ 7 * 7 }}",
)


def attempts(
    model: str = "m",
    family: str = "f",
    n: int = 4,
    task: str | None = None,
    **columns: Any,
) -> pl.DataFrame:
    """Return attempts of one model at one task, of which every other one succeeds."""
    said = {
        "model": [model] * n,
        "task_family": [family] * n,
        "task_id": [task or f"{family}/1"] * n,
        "instance_id": [f"i{i}" for i in range(n)],
        "epoch": [0] * n,
        "metric": ["exact"] * n,
        "score": [float(i % 2) for i in range(n)],
        "tokens": list(range(n)),
    }
    return pl.DataFrame(said | columns)


def add_part(root: Path, runs: pl.DataFrame) -> str:
    """Put a part of runs into a study, which need not exist yet, and return its name."""
    (root / "runs").mkdir(parents=True, exist_ok=True)
    number = len(list((root / "runs").iterdir()))
    path = root / "runs" / f"p{number}.parquet"
    runs.write_parquet(path)
    parts = {f"runs/{path.name}": sha256_hex(path.read_bytes())}
    payload = {"import_id": path.stem, "format": "made up", "rows": len(runs), "parts": parts}
    Log(root / "log.jsonl").append("run_part", payload | {"models": sorted(set(runs["model"]))})
    return path.stem


def study_of(root: Path, *parts: pl.DataFrame) -> Path:
    """Return a study of these parts."""
    root.mkdir(exist_ok=True)
    Log(root / "log.jsonl").path.touch()
    for part in parts:
        add_part(root, part)
    return root
