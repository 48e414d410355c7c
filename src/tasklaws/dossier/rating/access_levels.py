"""Kinds of access to a model that an auditor may be granted, and how far each may go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

from tasklaws.dossier.absent import is_absent

if TYPE_CHECKING:
    from collections.abc import Mapping

Level = Literal["none", "described", "query", "read", "modify"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Rising."""
KINDS = (
    "architecture",
    "training_data",
    "training_procedure",
    "internals",
    "fine_tuning",
    "helpful_only",
    "safety_and_monitoring",
    "strategic_plans",
    "compute_budget",
    "rate_limits",
    "calendar_days",
)
API_ONLY = ("internals", "fine_tuning", "training_data")
"""Kinds of which there is none for whoever has nothing but an API."""


def level(document: Mapping[str, Any], kind: str, unproven: Level) -> Level:
    """Return the level of one kind of access that counts.

    What was not granted is none; what no evidence is named for counts as `unproven` at most.
    """
    granted = document["access"].get(kind)
    if granted is None or is_absent(granted):
        return "none"
    said: Level = granted["level"]
    return said if granted["evidence"] else min(said, unproven, key=LEVELS.index)


def stands_below(document: Mapping[str, Any], needed: Mapping[str, Level], unproven: Level) -> bool:
    """Return whether every kind of access stands below the level beside it."""
    return all(
        LEVELS.index(level(document, kind, unproven)) < LEVELS.index(least) for kind, least in needed.items()
    )
