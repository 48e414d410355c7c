"""CPU time of starting the command line, in milliseconds; run with `make bench`."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile

STARTS = {
    "python": ["-c", ""],
    "import click": ["-c", "import click"],
    "import tasklaws": ["-c", "import tasklaws"],
    "tasklaws --help": ["-m", "tasklaws", "--help"],
}
REPEATS = 9


def cpu_ms(arguments: list[str], environment: dict[str, str]) -> float:
    """Return the CPU time of one start, children and system included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *arguments], env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def main() -> None:
    """Print least, median and most of some starts with warm bytecode."""
    with tempfile.TemporaryDirectory() as bytecode:
        environment = os.environ | {"PYTHONPYCACHEPREFIX": bytecode}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for name, arguments in STARTS.items():
            cpu_ms(arguments, environment)
            times = [cpu_ms(arguments, environment) for _ in range(REPEATS)]
            print(f"{name:16} {min(times):6.0f} {statistics.median(times):6.0f} {max(times):6.0f}")


if __name__ == "__main__":
    main()
