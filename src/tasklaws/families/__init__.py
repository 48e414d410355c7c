"""Families of tasks. ONE FILE = ONE FAMILY: how instances are drawn, asked, solved and classified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.spec.family import Family

FAMILIES: Catalogue[Family] = Catalogue("family", "tasklaws.families", "FAMILY")
"""All families by name; a module is imported when its entry is read."""
