"""What a dossier is not: one place where it differs from what it should be."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Failure:
    """A place in a dossier that does not verify."""

    file: str
    """Path below the dossier's folder, with the place inside the file where that is known."""
    expected: str
    """What should be there: a hash, a value, or what is needed."""
    found: str
    reason: str
    """Why it matters, in one sentence."""

    def document(self) -> dict[str, str]:
        """Return the keys of `interfaces.md`."""
        return asdict(self)

    def __str__(self) -> str:
        """Return one line for a reader."""
        return f"{self.file}: {self.reason} Expected {self.expected}, found {self.found}."
