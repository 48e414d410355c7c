"""The whole certificate on the good world: how often a sound family is wrongly failed, or not told.

python -m tests.characteristics.certificate --worlds 100

The world is spread_skills (W7): four families of ten tasks on six rungs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from tasklaws.assess.certificate import certify
from tasklaws.assess.evidence import suites
from tasklaws.core.proportions import clopper_pearson
from tasklaws.run.simulation import simulate

RUNGS, TASKS = 6, 40


def verdicts(worlds: int, runs: int) -> tuple[Counter[str], Counter[str], float]:
    """Return the verdicts of all families, the checks that failed, and the CPU seconds of a certificate."""
    found: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    spent = 0.0
    for world in range(worlds):
        with tempfile.TemporaryDirectory() as folder:
            study = Path(folder) / "study"
            simulate("W7", study, rungs=RUNGS, runs=RUNGS * TASKS * runs, seed=world)
            (suite,) = suites(study)
            for family in suite.families:
                begun = time.process_time()
                one = certify(suite.evidence(family), informing=False)
                spent += time.process_time() - begun
                found[one.verdict] += 1
                failed.update(
                    listed.check.label for listed in one.listed if listed.decides and listed.ok is False
                )
    return found, failed, spent / max(1, found.total())


def main() -> None:
    """Print the verdicts at several numbers of runs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--runs", type=int, nargs="+", default=[8, 24])
    asked = parser.parse_args()
    for runs in asked.runs:
        found, failed, seconds = verdicts(asked.worlds, runs)
        n = found.total()
        wrong = n - found["forecastable"] - found["not_enough_data"]
        low, high = clopper_pearson(wrong, n)
        print(  # noqa: T201
            f"{RUNGS} rungs x {TASKS // 4} tasks x {runs} runs: {n} families, {dict(found)}; wrongly failed "
            f"{wrong / n:.3f} ({low:.3f} to {high:.3f}); checks that failed {dict(failed)}; "
            f"{seconds:.2f} CPU s a certificate"
        )


if __name__ == "__main__":
    main()
