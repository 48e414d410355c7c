"""What `dossier.json` holds: its fields, what is wrong with a document, and its published schema.

Run ``python -m tasklaws.dossier.document FILE`` to write the JSON Schema.
"""

from __future__ import annotations

from tasklaws.dossier.document.dossier import Dossier
from tasklaws.dossier.document.faults import NOTHING, Wrong, faults, wrongs
from tasklaws.dossier.document.schema import json_schema

__all__ = ["NOTHING", "Dossier", "Wrong", "faults", "json_schema", "wrongs"]
