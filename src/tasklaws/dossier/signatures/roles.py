"""Who does what in a rating, and which duties one identity must not hold together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.core.display import confusable_names
from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.dossier.absent import is_absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ROLES = ("builder", "runner", "rater", "reviewer")
"""Who built the model, who ran the attempts, who rates, and who looks over the rating."""


def refuse_unknown_role(role: str) -> None:
    """Refuse a role that a dossier does not have.

    Raises:
        UnknownName: always, where `role` is not one of `ROLES`.
    """
    if role not in ROLES:
        raise UnknownName("role", role, ROLES)


def conflicts(roles: Mapping[str, Any], pairs: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return a sentence for each pair of roles that one identity holds.

    Args:
        roles: role -> its name and key, or why nobody holds it.
        pairs: roles that must be held apart.
    """
    found = ((first, second, _shared(roles.get(first), roles.get(second))) for first, second in pairs)
    return tuple(f"{first} and {second} have {shared}" for first, second, shared in found if shared)


def refuse_conflicts(roles: Mapping[str, Any], pairs: Iterable[tuple[str, str]]) -> None:
    """Refuse roles of which one identity holds two that must be held apart.

    Raises:
        BadInput: there is such an identity.
    """
    if found := conflicts(roles, pairs):
        raise BadInput(
            f"{'; '.join(found)}.",
            "Issuers must not rate their own debt: each of these roles has its own name and key.",
            "Name another person and key for one of them in dossier.toml, or leave that role out.",
        )


def _shared(first: Any, second: Any) -> str | None:  # noqa: ANN401 - a role or why it is absent
    """Return what shows that two roles are one identity; None where nothing does."""
    if first is None or second is None or is_absent(first) or is_absent(second):
        return None
    if first["key_id"] == second["key_id"]:
        return f"the same key {first['key_id'][:12]}"
    return f"the same name {first['name']!r}" if _alike(first["name"], second["name"]) else None


def _alike(first: Any, second: Any) -> bool:  # noqa: ANN401 - names or why they are absent
    """Return whether two names read alike, whatever their case, width, spaces and unseen signs."""
    if is_absent(first) or is_absent(second):
        return False
    names = ["".join(name.split()) for name in (first, second)]
    return names[0] == names[1] or bool(confusable_names(names))
