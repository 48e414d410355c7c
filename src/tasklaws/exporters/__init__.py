"""Studies to foreign tables: one file is one format, and holds one constant `EXPORTER`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.exporters._format import Exporter

EXPORTERS: Catalogue[Exporter] = Catalogue("exporter", "tasklaws.exporters", "EXPORTER")
"""Every format that `tasklaws export` writes, by name."""
