"""The JSON Schema of a document, as it is published."""

from __future__ import annotations

import json
from typing import Any

from tasklaws.dossier.document.dossier import Dossier

DIALECT = "https://json-schema.org/draft/2020-12/schema"
IDENTIFIER = "urn:tasklaws:dossier:1"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `dossier.json`; every field has a title and a description."""
    schema = Dossier.model_json_schema()
    tables = schema["$defs"]
    for table in (schema, *tables.values()):
        for name, field in table["properties"].items():
            field.setdefault("title", name.replace("_", " ").title())
            if "description" not in field:
                field["description"] = tables[field["$ref"].rpartition("/")[2]]["description"]
    return {"$schema": DIALECT, "$id": IDENTIFIER, **schema}


def schema_text() -> str:
    """Return the schema as the text of its file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
