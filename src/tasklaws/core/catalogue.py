"""A catalogue: a package of modules that each hold one frozen constant, read when first asked.

``Catalogue("importer", "tasklaws.importers", "IMPORTER")`` maps ``"metr"`` to the constant
``IMPORTER`` of ``tasklaws/importers/metr.py``. Other people's packages add entries through the
entry-point group ``tasklaws.importers``; the name of the entry point is the name of the entry.
Nothing registers itself by being imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.metadata import entry_points
from typing import TypeVar, cast

from tasklaws.core.errors import BadInput, UnknownName

T = TypeVar("T")


class Catalogue(Mapping[str, T]):
    """The entries of one kind, by file name; a module is imported only when its entry is read.

    A module of the package that does not define `constant` serves the others (for instance the
    one that defines the entries' type) and must be listed in `besides`.
    """

    def __init__(self, kind: str, package: str, constant: str, besides: tuple[str, ...] = ()) -> None:
        self.kind = kind
        """Singular noun for messages, such as ``importer``."""
        self.package = package
        """Package whose modules hold the entries; its last part names the entry-point group."""
        self.constant = constant
        """Name of the constant that every module of the package defines."""
        self.besides = besides
        self._read: dict[str, T] = {}

    @property
    def group(self) -> str:
        """Return the entry-point group that other packages use."""
        return f"tasklaws.{self.package.rpartition('.')[2]}"

    @cached_property
    def _places(self) -> dict[str, tuple[str, str]]:
        """Return entry name -> (module, attribute); own entries win over foreign ones."""
        foreign = {e.name: (e.module, e.attr or self.constant) for e in entry_points(group=self.group)}
        return foreign | {name: (f"{self.package}.{name}", self.constant) for name in self._own_names()}

    def _own_names(self) -> list[str]:
        spec = importlib.util.find_spec(self.package)
        folders = list(spec.submodule_search_locations or []) if spec else []
        names = (m.name for m in pkgutil.iter_modules(folders) if not m.ispkg)
        return [name for name in names if not name.startswith("_") and name not in self.besides]

    def __getitem__(self, name: str) -> T:
        """Return the entry called `name`.

        Raises:
            UnknownName: there is none; the message holds the nearest name.
            BadInput: the module of that entry does not define the constant.
        """
        if name not in self._read:
            self._read[name] = self._load(name)
        return self._read[name]

    def _load(self, name: str) -> T:
        if name not in self._places:
            raise UnknownName(self.kind, name, self._places)
        module, attribute = self._places[name]
        try:
            return cast("T", getattr(importlib.import_module(module), attribute))
        except AttributeError:
            raise BadInput(
                f"{module} does not define {attribute}.",
                f"Each module of {self.package} holds one {self.kind} of that name.",
                f"Define {attribute}, or move the module elsewhere.",
            ) from None

    def __contains__(self, name: object) -> bool:
        """Return whether there is an entry called `name`, without importing its module."""
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names in alphabetical order, importing nothing."""
        return iter(sorted(self._places))

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._places)

    def __repr__(self) -> str:
        """Return the kind and the names."""
        return f"Catalogue({self.kind}: {', '.join(self)})"
