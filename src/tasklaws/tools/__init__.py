"""Tools. ONE FILE = ONE TOOL: what takes a text, what it does with it, and how much it minds mistakes.

The strictness that an entry records was measured by `tasklaws strictness NAME`; a test measures it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.spec.tool import Tool

TOOLS: Catalogue[Tool] = Catalogue("tool", "tasklaws.tools", "TOOL")
"""All tools by name; a module is imported when its entry is read."""
