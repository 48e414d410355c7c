"""How long a dossier takes to build and to verify, and what of tampering is caught.

Run: ``python -m benchmarks.dossier STUDY [--per-file 200]``. Build and verification are whole processes of
the command line; CPU is that of the process and its children.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from benchmarks.tampering import chains, flips, travels, whole_files

ROLES = ("builder", "runner", "rater", "reviewer")


def timed(*arguments: str) -> tuple[float, float]:
    """Run one command; return its wall and CPU seconds."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-m", "tasklaws", *arguments, "--quiet"], check=True, stdout=sys.stderr)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - started, cpu


def main() -> None:
    """Build, verify, harm, and print what was measured."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("study", type=Path)
    asked.add_argument("--per-file", type=int, default=200)
    asked.add_argument("--seed", type=int, default=0)
    said = asked.parse_args()
    with TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        folder, keys = scratch / "dossier", {role: scratch / f"{role}.pem" for role in ROLES}
        for path in keys.values():
            timed("dossier", "key", str(path))
        signing = [word for role, path in keys.items() for word in ("--sign", f"{role}={path}")]
        trusting = [word for role, path in keys.items() for word in ("--key", f"{role}={path}.pub")]
        print("build: {:.1f} s wall, {:.1f} s CPU".format(
            *timed("dossier", "build", str(said.study), "--into", str(folder), *signing)))  # fmt: skip
        for words in ([], ["--full"]):
            taken = timed("dossier", "verify", str(folder), *trusting, *words)
            print("verify {}: {:.1f} s wall, {:.1f} s CPU".format(" ".join(words), *taken))
        given = [(role, path.with_name(f"{path.name}.pub")) for role, path in keys.items()]
        print("honest:", travels(folder, given, scratch))
        rng = np.random.default_rng(said.seed)
        harms = [
            *flips(folder, given, rng, said.per_file),
            *whole_files(folder, given),
            *chains(folder, given),
        ]
        done, seen = (Counter(one.kind for one in harms if one.caught or every) for every in (True, False))
        for kind, n in done.items():
            named = sum(one.named for one in harms if one.kind == kind)
            print(f"{kind}: {seen[kind]} of {n} caught, the file named in {named}")
        print("missed:", [f"{one.kind}: {one.place}" for one in harms if not one.caught])
        print("honest after all that:", travels(folder, given, scratch / "again"))


if __name__ == "__main__":
    main()
