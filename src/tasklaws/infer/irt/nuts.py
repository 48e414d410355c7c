"""The same two-parameter model by sampling: the audit of what the fast path approximates.

No normal approximation: the no-U-turn sampler draws from the posterior itself. It compiles for seconds and
runs for seconds, so it is for small data and for doubts.

Source: Hoffman & Gelman 2014 (the no-U-turn sampler).
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from tasklaws.core.errors import BadInput
from tasklaws.infer.irt.rasch import ABILITY_SD, DIFFICULTY_SD
from tasklaws.infer.irt.two_parameter import LOG_SLOPE_SD

if TYPE_CHECKING:
    from tasklaws.infer.arrays import Floats

PACKAGES = ("jax", "numpyro")
EXTRA = "bayes"


@dataclass(frozen=True)
class Sampled:
    """Draws from the posterior; the first axis is that of draws, all chains together."""

    ability: Floats
    """Of shape (draws, models)."""
    difficulty: Floats
    """Of shape (draws, tasks)."""
    log_slope: Floats
    """Of shape (draws, tasks)."""
    divergences: int
    """Places where the sampler could not follow the posterior; more than a few make it doubtful."""
    r_hat: float
    """Largest ratio of the spread between chains to that within them; 1 where chains agree."""
    effective: float
    """Least number of independent draws that those of a parameter are worth, level and unit put aside."""


def sampled(
    k: Floats,
    n: Floats,
    floor: Floats | float = 0.0,
    *,
    seed: int,
    draws: int = 500,
    chains: int = 2,
    ability_sd: float = ABILITY_SD,
    difficulty_sd: float = DIFFICULTY_SD,
    log_slope_sd: float = LOG_SLOPE_SD,
) -> Sampled:
    """Return draws from the posterior of one data set, of shape (tasks, models); n of 0 is not observed.

    Args:
        k: successes.
        n: attempts.
        floor: chance rate, one for all or of shape (tasks,).
        seed: of the sampler.
        draws: from each chain, after as many for its adaptation.
        chains: run one after the other.
        ability_sd: of the prior of abilities.
        difficulty_sd: of the prior of difficulties around 0.
        log_slope_sd: of the prior of log slopes around 0.

    Raises:
        BadInput: the packages of the extra are not installed.
    """
    _require()
    import jax
    from numpyro.infer import MCMC, NUTS

    k, n = np.broadcast_arrays(np.asarray(k, float), np.asarray(n, float))
    chance = np.broadcast_to(np.asarray(floor, float), k.shape[:1])[:, None]
    sds = ability_sd, difficulty_sd, log_slope_sd
    model = _model(k, n, chance, sds)
    with jax.enable_x64(new_val=True):
        chain = MCMC(
            NUTS(model, dense_mass=True),
            num_warmup=draws,
            num_samples=draws,
            num_chains=chains,
            chain_method="sequential",
            progress_bar=False,
        )
        chain.run(jax.random.PRNGKey(seed))
        return _collected(chain, sds)


def _require() -> None:
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise BadInput(
            f"Python packages are missing: {', '.join(missing)}.",
            f"Sampling a posterior needs the extra {EXTRA}.",
            f"Run `pip install 'tasklaws[{EXTRA}]'`, or read the errors of the fit, which need nothing more.",
        )


def _model(k: Floats, n: Floats, floor: Floats, sds: tuple[float, float, float]) -> Any:  # noqa: ANN401
    """Return the model as the sampler takes it, its parameters in units of their priors."""
    import jax.numpy as jnp
    import numpyro
    from jax.nn import log_sigmoid
    from numpyro.distributions import Normal

    tasks, models = k.shape
    log_chance, log_rest = jnp.log(jnp.maximum(floor, np.finfo(float).tiny)), jnp.log1p(-floor)

    def model() -> None:
        ability = sds[0] * numpyro.sample("ability", Normal(0, 1).expand([models]))
        difficulty = sds[1] * numpyro.sample("difficulty", Normal(0, 1).expand([tasks]))
        slope = jnp.exp(sds[2] * numpyro.sample("log_slope", Normal(0, 1).expand([tasks])))
        eta = slope[:, None] * (ability - difficulty[:, None])
        right = jnp.logaddexp(log_chance, log_rest + log_sigmoid(eta))
        numpyro.factor("counts", (k * right + (n - k) * (log_rest + log_sigmoid(-eta))).sum())

    return model


def _collected(chain: Any, sds: tuple[float, float, float]) -> Sampled:  # noqa: ANN401
    """Return the draws with the unit of abilities set as in `two_parameter`; diagnosed beside their mean."""
    from numpyro.diagnostics import effective_sample_size, split_gelman_rubin

    drawn = chain.get_samples(group_by_chain=True)
    names = ("ability", "difficulty", "log_slope")
    ability, difficulty, log_slope = (np.asarray(drawn[one]) * sd for one, sd in zip(names, sds, strict=True))
    middle = log_slope.mean(-1, keepdims=True)
    ability, difficulty = ability * np.exp(middle), difficulty * np.exp(middle)
    level = ability.mean(-1, keepdims=True)
    told = np.concatenate([ability - level, difficulty - level, log_slope - middle], -1)
    return Sampled(
        _all_chains(ability),
        _all_chains(difficulty),
        _all_chains(log_slope - middle),
        int(np.asarray(chain.get_extra_fields()["diverging"]).sum()),
        float(np.max(split_gelman_rubin(told))),
        float(np.min(effective_sample_size(told))),
    )


def _all_chains(draws: Floats) -> Floats:
    return draws.reshape(-1, draws.shape[-1])
