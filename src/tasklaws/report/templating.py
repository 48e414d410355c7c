"""How pages are written from templates: everything of a user is escaped, and nothing undefined passes."""

from __future__ import annotations

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from tasklaws.report.text import visible


@cache
def templates(*packages: str) -> Environment:
    """Return the templates of these packages, those of the first before those of the next."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # The filter `tojson` escapes < > & ' and, with ASCII output, U+2028 and U+2029.
    environment.policies["json.dumps_kwargs"] = {
        "sort_keys": True,
        "ensure_ascii": True,
        "allow_nan": False,
        "separators": (",", ":"),
    }
    environment.filters["visible"] = visible
    return environment
