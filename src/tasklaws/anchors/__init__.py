"""Anchors of time: outside evidence that a study's log was as long as it was when it says so.

ONE FILE = ONE ANCHOR: how somebody outside vouches for the head of a log, and how that is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.spec.anchor import Anchor

ANCHORS: Catalogue[Anchor] = Catalogue("anchor", "tasklaws.anchors", "ANCHOR")
"""All anchors by name; a module is imported when its entry is read."""
