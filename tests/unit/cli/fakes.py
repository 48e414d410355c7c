"""A result that any verb might return."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fake:
    """A result with that document."""

    keys: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    exit_code: int = 0

    def document(self) -> dict[str, Any]:
        return self.keys
