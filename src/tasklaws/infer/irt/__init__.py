"""Item response theory on counts: abilities of models, difficulties of tasks, shocks of rungs."""
