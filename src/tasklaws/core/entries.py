"""What is in the catalogues: the function behind `tasklaws list` and `tasklaws show`.

The entries stand in higher layers, so their packages are named here as an entry point would name
them and read only when somebody asks.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib import import_module
from typing import Any

from tasklaws.core.catalogue import Catalogue
from tasklaws.core.errors import UnknownName

KINDS = {
    "anchors": ("anchor", "tasklaws.anchors", "ANCHOR"),
    "scenarios": ("scenario", "tasklaws.dossier.stress", "SCENARIO"),
    "families": ("family", "tasklaws.families", "FAMILY"),
    "tools": ("tool", "tasklaws.tools", "TOOL"),
    "sandboxes": ("sandbox", "tasklaws.sandboxes", "SANDBOX"),
    "elicitations": ("elicitation", "tasklaws.elicitations", "ELICITATION"),
    "metrics": ("metric", "tasklaws.metrics", "METRIC"),
    "worlds": ("world", "tasklaws.worlds", "WORLD"),
    "exporters": ("exporter", "tasklaws.exporters", "EXPORTER"),
    "flags": ("flag", "tasklaws.assess.observation.flags", "FLAG"),
    "importers": ("importer", "tasklaws.importers", "IMPORTER"),
    "forms": ("form", "tasklaws.forms", "FORM"),
    "baselines": ("baseline", "tasklaws.assess.baselines", "BASELINE"),
    "checks": ("check", "tasklaws.assess.checks", "CHECK"),
    "sections": ("section", "tasklaws.report.sections", "SECTION"),
}
"""Kind -> singular noun, package, constant: what a `Catalogue` is made of."""

DESCRIBED = {"families": ("tasklaws.theory.described", "described")}
"""Kind -> module and function that work out what `show` tells of an entry beyond its own words."""


@dataclass(frozen=True)
class Entry:
    """One entry of a catalogue; what it does not state is null."""

    name: str
    kind: str
    status: str | None
    source: str | None
    summary: str | None
    facts: dict[str, str] | None
    """What else the entry tells of itself, in words, such as the formula of a form."""


@dataclass(frozen=True)
class Entries:
    """Entries in alphabetical order of kind, then name."""

    entries: tuple[Entry, ...]
    described: dict[str, Any] | None = None
    """What was worked out about a single entry, such as the sizes of a family."""

    def document(self) -> dict[str, Any]:
        """Return the JSON keys of `list` and `show`."""
        return {"entries": [asdict(entry) for entry in self.entries]} | (self.described or {})


def catalogue(kind: str | None = None, name: str | None = None, **asked: object) -> Entries:
    """Return the entries of `kind`, or of all kinds; with `name`, only those so called.

    Args:
        kind: plural of what is listed, such as ``forms``.
        name: name of an entry.
        asked: for the entry called `name`, such as `call_limit` for a family.

    Raises:
        UnknownName: there is no such kind, or no entry of that name.
    """
    if kind is not None and kind not in KINDS:
        raise UnknownName("catalogue", kind, KINDS)
    known = {k: Catalogue[object](*KINDS[k]) for k in sorted(KINDS) if kind in (None, k)}
    if name is None:
        return Entries(tuple(_entry(k, n, entries[n]) for k, entries in known.items() for n in entries))
    found = {k: entries[name] for k, entries in known.items() if name in entries}
    if not found:
        raise UnknownName("entry", name, {n for entries in known.values() for n in entries})
    described: dict[str, Any] = {}
    for k in found.keys() & DESCRIBED.keys():
        module, function = DESCRIBED[k]
        described |= getattr(import_module(module), function)(found[k], **asked)
    return Entries(tuple(_entry(k, name, value) for k, value in found.items()), described or None)


def _entry(kind: str, name: str, value: object) -> Entry:
    stated = {field: getattr(value, field, None) for field in ("status", "source", "summary", "facts")}
    return Entry(name, kind, **stated)
