"""What certificates cost: at the specification's design, and for 20 models x 200 tasks x 8 epochs.

python -m benchmarks.certificate
"""

from __future__ import annotations

import time

import numpy as np
from scipy.special import expit
from tests.characteristics.design import drawn_suite

from tasklaws.assess.certificate import certify


def spent(models: int, families: int, tasks: int, runs: int, seed: int = 0) -> tuple[float, int]:
    """Return CPU seconds of all certificates of a drawn suite, and how many there are."""
    rng = np.random.default_rng(seed)
    x = np.linspace(0, 4, models)
    level = 2 * (x - rng.uniform(0, 5, (families * tasks, 1))) + rng.normal(0, 0.3, models)
    names = tuple(f"family-{i:02d}" for i in range(families) for _ in range(tasks))
    suite = drawn_suite(expit(level), runs, rng, x=18 + x, families=names)
    begun = time.process_time()
    for family in suite.families:
        certify(suite.evidence(family))
    return time.process_time() - begun, families


def main() -> None:
    """Print the table; compilation is paid by a small suite first."""
    spent(5, 2, 5, 8)
    for models, families, tasks, runs in ((6, 1, 20, 8), (20, 10, 20, 8), (20, 36, 6, 8)):
        seconds, n = spent(models, families, tasks, runs)
        print(
            f"{models} models x {families * tasks} tasks in {families} families x {runs}: "
            f"{seconds:.1f} CPU s, {seconds / n:.2f} a certificate"
        )


if __name__ == "__main__":
    main()
