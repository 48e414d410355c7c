"""What an address asks for: filters, order and page, and the addresses that a page leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHOICES = ("metric", "elicitation", "harness_id", "lineage")
"""Filters of tables of scores."""
FILTERS = (
    "family",
    "task_id",
    "model",
    "outcome",
    "elicitation",
    "harness_id",
    "metric",
    "score",
    "text",
    "label",
)
"""Filters of attempts."""
KEYS = (*dict.fromkeys((*FILTERS, *CHOICES)), "sort", "page", "columns", "run", "name", "csv", "fresh")
LONGEST = 1_024
"""Characters of a value; names are shorter."""
DOTS = frozenset({"", ".", ".."})
"""Names that a browser would take out of a path."""


@dataclass(frozen=True)
class Asked:
    """The page that is asked for; values as the address has them, nothing of them is trusted."""

    base: str
    """Path of the first page, with the token."""
    place: str
    """Path of this page below `base`, as an address writes it."""
    said: tuple[tuple[str, str], ...] = ()

    def get(self, key: str) -> str | None:
        """Return what a key is given, None where it is not."""
        return dict(self.said).get(key)

    def number(self, key: str = "page") -> int:
        """Return a number from 1; what is no such number counts as 1."""
        value = self.get(key) or ""
        return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < LONGEST else 1

    def only(self, *keys: str) -> dict[str, str]:
        """Return those of some keys that are given."""
        return {key: value for key, value in self.said if key in keys}

    def here(self, **changes: str | int | None) -> str:
        """Return the address of this page with some keys changed; None leaves a key out."""
        kept = {key: value for key, value in self.said if key not in {"csv", "fresh", *changes}}
        return self.to(self.place, kept | {key: value for key, value in changes.items() if value is not None})

    def to(self, place: str, keys: Mapping[str, object] | None = None) -> str:
        """Return the address of a page of this study."""
        query = urlencode({key: str(value) for key, value in (keys or {}).items()}, quote_via=quote)
        return f"{self.base}{place}{'?' if query else ''}{query}"

    def chosen(self) -> dict[str, str]:
        """Return the choice of scores, which goes along from page to page."""
        return self.only(*CHOICES)

    def family(self, name: str) -> str:
        """Return the address of a family."""
        if name in DOTS:
            return self.to("family", {"name": name} | self.chosen())
        return self.to(f"family/{quote(name, safe='')}", self.chosen())

    def task(self, name: str) -> str:
        """Return the address of a task."""
        return self.to("task", {"task_id": name} | self.chosen())

    def model(self, name: str) -> str:
        """Return the address of a model."""
        return self.to("model", {"model": name} | self.chosen())

    def runs(self, **filters: str | None) -> str:
        """Return the address of a list of attempts."""
        return self.to("runs", {key: value for key, value in filters.items() if value is not None})


def asked(base: str, place: str, said: Iterable[tuple[str, str]]) -> Asked:
    """Return what an address asks for; of a key given twice the last counts, unknown ones are left out."""
    known = {key: value[:LONGEST] for key, value in said if key in KEYS and value}
    return Asked(base, place, tuple((key, known[key]) for key in KEYS if key in known))


def without(one: Asked, *keys: str) -> Asked:
    """Return the same, some keys left out."""
    return replace(one, said=tuple(pair for pair in one.said if pair[0] not in keys))
