"""Worlds whose law is known. ONE FILE = ONE WORLD: tasks and models, and a law from which runs are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue
from tasklaws.core.errors import UnknownName

if TYPE_CHECKING:
    from tasklaws.spec.world import World

WORLDS: Catalogue[World] = Catalogue("world", "tasklaws.worlds", "WORLD")
"""All worlds by name; a module is imported when its entry is read."""


def world_called(name: str) -> World:
    """Return the world called `name`, or the one with that code, such as ``W3``, in any case.

    Raises:
        UnknownName: there is none.
    """
    asked = name.strip().lower()
    if asked in WORLDS:
        return WORLDS[asked]
    codes = {WORLDS[own].code.lower(): own for own in WORLDS}
    if asked not in codes:
        raise UnknownName("world", name, WORLDS)
    return WORLDS[codes[asked]]
