"""Made-up ladders, and the dense model that the fast kernels must agree with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from tasklaws.infer import marginal
from tasklaws.infer.arrays import LadderArrays, TargetArrays

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats


SUITE_LEVEL = 25.0
"""Prior variance of the suite's level."""


@dataclass
class Dense:
    """Working responses of a made-up ladder and the covariance of all its cells at once."""

    theta: Floats
    phi: float
    y: Floats
    noise: Floats
    seen: Floats
    kappa2: Floats
    family: Floats
    n_families: int
    x: Floats
    places: Floats
    new: int
    """How many of the rungs, the last, are new: they carry no response."""

    @property
    def old(self) -> int:
        return len(self.places) - self.new

    @property
    def walk(self) -> Floats:
        return np.minimum(self.places[:, None], self.places)

    @property
    def arguments(self) -> tuple[object, ...]:
        old = slice(self.old)
        return (
            self.theta, self.phi, self.y, self.noise, self.seen, self.kappa2, self.family, self.n_families,
            self.x[old].copy(), self.walk[old, old].copy(), np.eye(self.old), SUITE_LEVEL,
        )  # fmt: skip

    @property
    def new_arguments(self) -> tuple[Floats, ...]:
        old, new = slice(self.old), slice(self.old, None)
        walk = self.walk
        shock = np.eye(len(self.places))
        return (
            self.x[new],
            walk[old, new].copy(),
            np.diag(walk)[new].copy(),
            shock[old, new].copy(),
            shock[new, new].copy(),
        )

    def signal(self, theta: Floats) -> Floats:
        """Return the covariance of the levels, of shape (tasks, rungs, tasks, rungs)."""
        features = self.x.shape[1]
        sd = np.exp(theta)
        task, behind = sd[: 1 + features] ** 2, sd[1 + features :] ** 2
        eye = np.eye(len(self.places))
        suite = SUITE_LEVEL + behind[marginal.SUITE_SLOPE] * self.x @ self.x.T + behind[marginal.SHOCK] * eye
        family = (
            behind[marginal.FAMILY_LEVEL]
            + behind[marginal.FAMILY_SLOPE] * self.x @ self.x.T
            + behind[marginal.FAMILY_SHOCK] * eye
        )
        line = task[0] + (self.x * task[1:]) @ self.x.T
        scatter = behind[marginal.WALK] * self.walk + behind[marginal.NOISE] * eye
        tasks = len(self.kappa2)
        same_family = self.family[:, None] == self.family
        own = line + self.kappa2[:, None, None] * scatter
        out = np.broadcast_to(suite[None, :, None, :], (tasks, len(eye), tasks, len(eye))).copy()
        out += same_family[:, None, :, None] * family[None, :, None, :]
        for t in range(tasks):
            out[t, :, t, :] += own[t]
        return out

    def observed(self, theta: Floats, phi: float) -> tuple[Floats, Floats]:
        """Return (responses, covariance) of the cells that were seen."""
        tasks, old = self.y.shape
        inside = self.signal(theta)[:, :old, :, :old].reshape(tasks * old, tasks * old)
        covariance = inside + np.diag(phi * self.noise.ravel())
        chosen = np.flatnonzero(self.seen.ravel())
        return self.y.ravel()[chosen], covariance[np.ix_(chosen, chosen)]

    def value(self, theta: Floats, phi: float) -> float:
        """Return -log p(y) of the seen cells without its constant."""
        y, covariance = self.observed(theta, phi)
        return float(0.5 * (np.linalg.slogdet(covariance)[1] + y @ np.linalg.solve(covariance, y)))

    def posterior(self) -> tuple[Floats, Floats]:
        """Return mean, of shape (tasks, rungs), and covariance of all levels given the seen cells."""
        tasks, rungs = len(self.kappa2), len(self.places)
        full = self.signal(self.theta)
        chosen = np.flatnonzero(np.pad(self.seen, ((0, 0), (0, self.new))).ravel())
        flat = full.reshape(tasks * rungs, tasks * rungs)
        y, covariance = self.observed(self.theta, self.phi)
        gain = np.linalg.solve(covariance, flat[chosen]).T
        mean, after = gain @ y, flat - gain @ flat[chosen]
        return mean.reshape(tasks, rungs), after.reshape(full.shape)


def dense(seed: int) -> Dense:
    """Return a made-up ladder of random shape with missing cells."""
    rng = np.random.default_rng(seed)
    tasks, rungs, new = int(rng.integers(1, 31)), int(rng.integers(1, 13)), int(rng.integers(1, 4))
    features, n_families = int(rng.integers(1, 3)), int(rng.integers(1, 7))
    seen = rng.random((tasks, rungs)) < rng.choice([0.6, 0.9, 1.0])
    seen[rng.integers(tasks), rng.integers(rungs)] = True
    places = np.cumsum(rng.uniform(0.1, 0.6, rungs + new)) - 0.05
    return Dense(
        theta=np.log(rng.uniform(0.05, 1.0, 1 + features + marginal.PHI)),
        phi=float(rng.uniform(0.3, 1.5)),
        y=np.where(seen, rng.normal(0, 1.5, (tasks, rungs)), 0.0),
        noise=rng.uniform(0.02, 0.5, (tasks, rungs)),
        seen=seen,
        kappa2=rng.uniform(0.3, 4.0, tasks),
        family=rng.integers(0, n_families, tasks),
        n_families=n_families,
        x=np.column_stack([places, *[rng.normal(size=rungs + new) for _ in range(features - 1)]]),
        places=places,
        new=new,
    )


def ladder(
    tasks: int = 9, rungs: int = 5, n: int = 200, seed: int = 0, *, families: int = 3, floor: float = 0.0
) -> tuple[LadderArrays, TargetArrays]:
    """Return a ladder of logit lines and the next size as its target."""
    rng = np.random.default_rng(seed)
    x = 0.4 * np.arange(rungs + 1)
    levels = rng.normal(-0.5, 0.8, tasks)[:, None] + rng.normal(0.9, 0.2, tasks)[:, None] * (x - x.mean())
    attempts = np.full((tasks, rungs), float(n))
    rate = floor + (1 - floor) * expit(levels + rng.normal(0, 0.1, rungs + 1))
    trained = LadderArrays(
        task_ids=tuple(f"task{t}" for t in range(tasks)),
        families=tuple(f"family{t % families}" for t in range(tasks)),
        rungs=tuple(f"rung{i}" for i in range(rungs)),
        k=rng.binomial(n, rate[:, :-1]).astype(float),
        n=attempts,
        floor=np.full(tasks, floor),
        ceiling=np.ones(tasks),
        x=x[:-1, None],
        walk=x[:-1],
        sizes=tuple(f"size{i}" for i in range(rungs)),
    )
    return trained, target(x[-1:], tasks, n)


def target(places: Floats, tasks: int, n: int = 200) -> TargetArrays:
    """Return models at `places` on the axis that answer every task `n` times."""
    names = tuple(f"target{i}" for i in range(len(places)))
    return TargetArrays(names, places[:, None], places, np.full((len(places), tasks), float(n)))
