"""Sandboxes. ONE FILE = ONE SANDBOX: a function that runs a program nobody trusts, and what holds it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.spec.sandbox import Sandbox

SANDBOXES: Catalogue[Sandbox] = Catalogue("sandbox", "tasklaws.sandboxes", "SANDBOX")
"""All sandboxes by name; a module is imported when its entry is read."""
