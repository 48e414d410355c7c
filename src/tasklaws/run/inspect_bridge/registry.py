"""What Inspect AI finds by the entry point ``tasklaws``: importing this module registers all of it."""

from __future__ import annotations

from tasklaws.run.inspect_bridge import provider, scorers, solvers, tasks, tools

__all__ = ["provider", "scorers", "solvers", "tasks", "tools"]
