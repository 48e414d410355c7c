"""Time horizons of agents: the human time of tasks at which they have a given success."""

from tasklaws.assess.horizons.verb import HorizonResult, horizon

__all__ = ["HorizonResult", "horizon"]
