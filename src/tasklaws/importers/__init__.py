"""Foreign results to tables: one file is one format, and holds one constant `IMPORTER`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tasklaws.core.catalogue import Catalogue

if TYPE_CHECKING:
    from tasklaws.spec.importer import Importer

IMPORTERS: Catalogue[Importer] = Catalogue("importer", "tasklaws.importers", "IMPORTER")
"""Every format that `tasklaws import` reads, by name."""
