"""How long the tasks of a study take people: estimates of each task, and what can be said of all."""

from __future__ import annotations

from tasklaws.assess.human_times.study import HumanTimes, human_times

__all__ = ["HumanTimes", "human_times"]
