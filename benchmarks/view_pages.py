"""Seconds, milliseconds and memory of the local pages over a study of a million attempts.

Run with ``PYTHONPATH=src python benchmarks/view_pages.py [ATTEMPTS]``. The study is made up: 20 models on 50
tasks of 10 families, in 100 parts, each attempt with a text.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import polars as pl

from tasklaws.core.provenance import sha256_hex
from tasklaws.study.log import Log
from tasklaws.viewer.verb import view

MODELS, FAMILIES, TASKS, PARTS = 20, 10, 5, 100
WORDS = 24
"""Words of a text."""
REPEATS = 3


def part(number: int, rows: int, rng: np.random.Generator) -> pl.DataFrame:
    """Return the attempts of one part: a fifth of those of one model."""
    model, first = number * MODELS // PARTS, number * rows
    family, task = rng.integers(FAMILIES, size=rows), rng.integers(TASKS, size=rows)
    words = rng.integers(0, 10_000, size=(rows, WORDS))
    names = [f"family_{f}/{t}" for f, t in zip(family, task, strict=True)]
    score = (rng.random(rows) < (model + 1) / (MODELS + 1 + family)).astype(float)
    outcomes = np.array(["submitted", "limit_tokens", "error"])
    return pl.DataFrame(
        {
            "model": f"model_{model:02d}",
            "task_family": [f"family_{f}" for f in family],
            "task_id": names,
            "instance_id": [f"{name}/{first + i}" for i, name in enumerate(names)],
            "epoch": pl.zeros(rows, pl.Int64, eager=True),
            "harness_id": "plain",
            "elicitation": np.array(["greedy", "best_of_n@8"])[rng.integers(2, size=rows)],
            "metric": "exact",
            "score": score,
            "outcome": outcomes[rng.choice(3, size=rows, p=(0.9, 0.07, 0.03))],
            "tokens": rng.integers(10, 5_000, size=rows),
            "text": [" ".join(f"w{word}" for word in line) for line in words],
        }
    )


def made_up(root: Path, attempts: int) -> None:
    """Write the study."""
    rng, parts = np.random.default_rng(0), {}
    (root / "runs").mkdir()
    for number in range(PARTS):
        path = root / "runs" / f"part-{number:03d}.parquet"
        part(number, attempts // PARTS, rng).write_parquet(path)
        parts[f"runs/{path.name}"] = sha256_hex(path.read_bytes())
    entry: dict[str, Any] = {"import_id": "made-up", "format": "made up", "rows": attempts, "parts": parts}
    Log(root / "log.jsonl").append("run_part", entry | {"models": [f"model_{i:02d}" for i in range(MODELS)]})


PAGES = {
    "families": "",
    "family": "family/family_3",
    "task": "task?task_id=family_3%2F1",
    "model": "model?model=model_07",
    "attempts, page 1": "runs",
    "attempts, page 5,000": "runs?page=5000",
    "attempts, last page": "runs?page=1000000000",
    "attempts, filtered": "runs?model=model_07&family=family_3&score=0",
    "attempts, by tokens": "runs?sort=-tokens",
    "attempts, by task, page 5,000": "runs?sort=task_id&page=5000",
    "attempts, text search": "runs?text=w4242",
    "attempts, text search in a filter": "runs?model=model_07&text=w777",
    "one attempt among all": "run?run=part-050-77",
    "one attempt, by tokens": "run?run=part-050-77&sort=-tokens",
}


def peak() -> float:
    """Return the most memory that this process has had, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def main() -> None:
    """Print how long the start and each page take; of a page the first time, and the median of more."""
    attempts = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        made_up(root, attempts)
        size = sum(path.stat().st_size for path in (root / "runs").iterdir()) / 1e6
        print(f"{attempts:,} attempts in {PARTS} parts of {size:.0f} MB in all; peak before {peak():.2f} GB")
        started = time.perf_counter()
        with view(root) as served, httpx.Client(timeout=60) as client:
            print(f"{'start':36} {time.perf_counter() - started:8.2f} s")
            for name, address in PAGES.items():
                times = [timed(client, served.url + address) for _ in range(1 + REPEATS)]
                print(f"{name:36} {times[0]:8.0f} ms first {np.median(times[1:]):8.0f} ms again")
        print(f"{'peak memory':36} {peak():8.2f} GB")


def timed(client: httpx.Client, address: str) -> float:
    """Return the milliseconds of one page."""
    started = time.perf_counter()
    answer = client.get(address)
    answer.raise_for_status()
    return 1000 * (time.perf_counter() - started)


if __name__ == "__main__":
    main()
