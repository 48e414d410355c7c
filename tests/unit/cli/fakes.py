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
    url: str = ""

    def wait(self) -> None:
        """End at once, where a verb would serve until it is told to stop."""

    def document(self) -> dict[str, Any]:
        return self.keys
