"""Time horizons of METR's runs: CPU time of three-level bootstraps beside rows drawn by index.

``python -m benchmarks.time_horizon [--draws N] [--peer-draws N] [OUT.json]`` times 10,000 draws of families,
tasks and runs for all agents of ../shared/data/metr, as counts. In turn with them, in one process, rows are
drawn by their index and fitted twice: by scikit-learn's logistic regression, one agent after the other, as
METR's code does, and by a Newton descent in NumPy of all draws at once. Goal: less than 5 CPU seconds.

scikit-learn is no dependency; its part is skipped where it is missing. ``pip install --no-deps --target DIR
scikit-learn joblib narwhals cloudpickle`` and DIR on PYTHONPATH bring it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy.special import expit
from threadpoolctl import threadpool_limits

from tasklaws.infer.horizon.cells import HorizonCells, weights
from tasklaws.infer.horizon.logistic import bootstrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

METR = Path(__file__).resolve().parents[2] / "shared" / "data" / "metr" / "runs_2025-01.jsonl.gz"
PENALTY, LEVELS = 0.1, ("family", "task", "run")
DRAWS, PEER_DRAWS, PARTS, SEED = 10_000, 40, 4, 7
STEPS, ARRIVED = 200, 1e-11


class Rows(NamedTuple):
    """Runs, sorted by task and agent, and their cells."""

    agent: NDArray[np.int_]
    task: NDArray[np.int_]
    score: Floats
    cells: HorizonCells
    published: Floats
    """Weight of each run as the file states it."""


def read(path: Path = METR) -> Rows:
    """Return METR's runs, people among the agents."""
    with gzip.open(path, "rt") as lines:
        told = sorted((json.loads(line) for line in lines), key=lambda row: (row["task_id"], row["alias"]))
    agents, agent = np.unique([row["alias"] for row in told], return_inverse=True)
    tasks, first, task = np.unique([row["task_id"] for row in told], return_index=True, return_inverse=True)
    family = np.unique([told[i]["task_family"] for i in first], return_inverse=True)[1]
    score = np.array([float(row["score_binarized"]) for row in told])
    n, k = np.zeros((len(agents), len(tasks))), np.zeros((len(agents), len(tasks)))
    np.add.at(n, (agent, task), 1)
    np.add.at(k, (agent, task), score)
    doublings = np.log2([told[i]["human_minutes"] for i in first])
    weight = weights(n, family, "invsqrt_family")
    cells = HorizonCells(tuple(agents), tuple(tasks), family, doublings, k, n, weight)
    return Rows(agent, task, score, cells, np.array([row["invsqrt_task_weight"] for row in told]))


def draw(rows: Rows, rng: np.random.Generator) -> NDArray[np.int_]:
    """Return the indices of one draw of rows: families, tasks in each, runs of each agent in each task."""
    families = [np.flatnonzero(rows.cells.family == f) for f in range(rows.cells.family.max() + 1)]
    tasks = [
        rng.choice(families[f], len(families[f])) for f in rng.integers(len(families), size=len(families))
    ]
    starts = np.searchsorted(rows.task, np.arange(len(rows.cells.tasks) + 1))
    copies = [np.arange(starts[t], starts[t + 1]) for t in np.concatenate(tasks)]
    index = np.concatenate(copies)
    change = np.flatnonzero(np.diff(rows.task) | np.diff(rows.agent)) + 1
    edges = np.concatenate([[0], change, [len(rows.task)]])
    group = np.searchsorted(edges, index, side="right") - 1
    lengths = np.diff(edges)[group]
    return edges[group] + (rng.random(len(index)) * lengths).astype(int)


def by_newton(rows: Rows, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return level and slope of every draw, of shape (draws, agents); NaN where all runs ended alike."""
    shape = len(rows.cells.agents), len(rows.cells.tasks)
    passed, failed = np.empty((2, draws, *shape))
    for i in range(draws):
        index = draw(rows, rng)
        cell = rows.agent[index] * shape[1] + rows.task[index]
        weight = rows.cells.weight.ravel()[cell]
        score = rows.score[index]
        for into, part in ((passed, score), (failed, 1 - score)):
            into[i] = np.bincount(cell, weight * part, minlength=shape[0] * shape[1]).reshape(shape)
    use = (passed.sum(-1) > 0) & (failed.sum(-1) > 0)
    found = np.full((2, draws, shape[0]), np.nan)
    found[:, use] = newton(rows.cells.doublings, passed[use], failed[use])
    return found[0], found[1]


def newton(x: Floats, passed: Floats, failed: Floats) -> Floats:
    """Return level and slope, of shape (2, sets), by Newton steps that are halved until the loss falls."""

    def loss(at: Floats) -> Floats:
        eta = at[0][:, None] + at[1][:, None] * x
        told = passed * np.logaddexp(0, -eta) + failed * np.logaddexp(0, eta)
        return told.sum(1) + PENALTY / 2 * at[1] ** 2

    at = np.zeros((2, len(passed)))
    now = loss(at)
    for _ in range(STEPS):
        p = expit(at[0][:, None] + at[1][:, None] * x)
        bend, pull = (passed + failed) * p * (1 - p), passed * (1 - p) - failed * p
        a, b, c = bend.sum(1), bend @ x, bend @ x**2 + PENALTY
        up = pull.sum(1), pull @ x - PENALTY * at[1]
        step = np.stack([c * up[0] - b * up[1], a * up[1] - b * up[0]]) / (a * c - b * b)
        size = np.ones(len(passed))
        while (worse := loss(at + size * step) > now + 1e-12).any():
            size[worse] /= 2
        at = at + size * step
        now = loss(at)
        if np.abs(step).max() < ARRIVED:
            return at
    raise RuntimeError("the Newton descent of the peer has not settled")


def by_sklearn(rows: Rows, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return what `by_newton` does, by scikit-learn at its default tolerance."""
    from sklearn.linear_model import LogisticRegression

    found = np.full((2, draws, len(rows.cells.agents)), np.nan)
    x = rows.cells.doublings[rows.task][:, None]
    weight = rows.cells.weight[rows.agent, rows.task]
    for i in range(draws):
        index = draw(rows, rng)
        for a in range(found.shape[2]):
            own = index[rows.agent[index] == a]
            if np.unique(rows.score[own]).size > 1:
                model = LogisticRegression(C=1 / PENALTY)
                model.fit(x[own], rows.score[own], sample_weight=weight[own])
                found[:, i, a] = model.intercept_[0], model.coef_[0, 0]
    return found[0], found[1]


def compare(rows: Rows, draws: int, peer_draws: int, *, has_sklearn: bool) -> dict[str, Any]:
    """Return CPU milliseconds per draw of all agents, and ratios; the parts take turns."""
    ways: dict[str, tuple[int, Callable[[int, int], object]]] = {
        "counts": (draws, lambda n, seed: bootstrap(rows.cells, n, seed, LEVELS, PENALTY)),
        "numpy": (10 * peer_draws, lambda n, seed: by_newton(rows, n, np.random.default_rng(seed))),
        "sklearn": (peer_draws, lambda n, seed: by_sklearn(rows, n, np.random.default_rng(seed))),
    }
    if not has_sklearn:
        del ways["sklearn"]
    for _, work in ways.values():
        work(2, SEED)
    spent = dict.fromkeys(ways, 0.0)
    for part in range(PARTS):
        for name, (count, work) in ways.items():
            start = time.process_time()
            work(count // PARTS, SEED + part)
            spent[name] += time.process_time() - start
    each = {name: 1e3 * spent[name] / (PARTS * (ways[name][0] // PARTS)) for name in ways}
    ratios = {f"ratio_{name}": each[name] / each["counts"] for name in ways if name != "counts"}
    told = {f"{name}_ms": milliseconds for name, milliseconds in each.items()}
    return {"agents": len(rows.cells.agents), "draws": draws, "counts_s": spent["counts"], **told, **ratios}


def _has_sklearn() -> bool:
    try:
        import sklearn.linear_model  # noqa: F401
    except ImportError as error:
        print(f"no comparison with scikit-learn: {error}")
        return False
    return True


def main() -> None:
    """Print the comparison, and write it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, help="JSON file to write")
    parser.add_argument("--draws", type=int, default=DRAWS, help="draws of counts")
    parser.add_argument("--peer-draws", type=int, default=PEER_DRAWS, help="draws fitted by scikit-learn")
    asked = parser.parse_args()
    if not METR.is_file():
        print(f"skipped: {METR.name} is not in ../shared/data/metr")
        return
    has_sklearn = _has_sklearn()  # its libraries must be there to be limited
    with threadpool_limits(1):
        told = compare(read(), asked.draws, asked.peer_draws, has_sklearn=has_sklearn)
    for name, value in told.items():
        print(f"{name:16} {value:12.4g}")
    if asked.out:
        asked.out.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
