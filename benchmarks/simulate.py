"""How long drawing runs takes: `python benchmarks/simulate.py 10_000_000 W1 W4`.

Every world draws so many attempts into a new study, which is removed again. Processor time includes the
writing, and not the start: a draw of the smallest size goes before.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from tasklaws.run.simulation import simulate
from tasklaws.worlds import WORLDS, world_called

LINE = "{:<22} {:>12} {:>12} {:>9} {:>9} {:>10} {:>10}"


def measured(world: str, runs: int) -> tuple[int, int, float, float, int]:
    """Return attempts, rows, seconds of processor and wall time, and bytes of the study."""
    with tempfile.TemporaryDirectory() as folder:
        processor, wall = time.process_time(), time.perf_counter()
        drawn = simulate(world, Path(folder) / "study", runs=runs)
        spent = time.process_time() - processor, time.perf_counter() - wall
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
        rows = _rows(Path(folder) / "study")
    return drawn.runs, rows, *spent, size


def _rows(study: Path) -> int:
    import polars as pl

    return int(pl.scan_parquet(study / "runs" / "*.parquet").select(pl.len()).collect().item())


def main(runs: int, worlds: list[str]) -> None:
    """Print a line for each of `worlds`."""
    print(LINE.format("world", "attempts", "rows", "cpu s", "wall s", "us/attempt", "MB"))
    measured("spread_skills", 1)
    for name in worlds:
        attempts, rows, cpu, wall, size = measured(name, runs)
        figures = f"{cpu:.1f}", f"{wall:.1f}", f"{1e6 * cpu / attempts:.2f}", f"{size / 1e6:.1f}"
        print(LINE.format(world_called(name).name, f"{attempts:,}", f"{rows:,}", *figures))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest memory {peak:.0f} MiB")


if __name__ == "__main__":
    asked = sys.argv[1:]
    main(int(asked[0]) if asked else 1_000_000, asked[1:] or list(WORLDS))
