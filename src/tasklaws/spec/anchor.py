"""What an anchor of time is: something outside a study that vouches for how long its log was, and when.

A log is a chain of hashes. Whoever vouches for its head therefore vouches for every line up to it:
a forecast sealed in one of them was there at that time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Trust = tuple[bytes, ...]
"""Contents of the files that whoever checks trusts: public keys, certificates of roots."""


def claim_of(seq: int, head: str) -> bytes:
    """Return the exact bytes that an anchor vouches for: number and hash of the last line of a log."""
    return f"tasklaws-log {seq} {head}\n".encode()


@dataclass(frozen=True)
class Stamp:
    """What a piece of evidence says."""

    at: str | None
    """UTC time, ISO 8601; None where the evidence tells none."""
    by: str
    """Who vouches, as the evidence names them."""
    trusted: bool
    """Whether that rests on a key or root that whoever checks gave; without one nothing was checked."""


@dataclass(frozen=True)
class Making:
    """How an anchor is to be made; what is None is for the anchor to choose."""

    url: str | None = None
    """Address of an authority."""
    repository: Path | None = None
    """Folder inside a git repository."""
    tag: str | None = None
    """Name of a git tag."""


@dataclass(frozen=True)
class Anchor:
    """One kind of anchor; its module's name is its name."""

    name: str
    title: str
    summary: str
    source: str
    status: Literal["published", "emerging"]
    suffix: str
    """End of the names of its files of evidence."""
    needs: str
    """What must be installed."""
    takes: tuple[str, ...]
    """Names of the fields of `Making` that it heeds."""
    unchecked: str
    """Words for evidence that rests on nothing that was given as trusted."""
    clock: str
    """Words for whose clock tells the time; empty where an authority's does."""
    trusts: Callable[[bytes], bool]
    """Return whether a trusted file is of the form that this anchor can rest on."""
    request: Callable[[bytes], bytes]
    """Return what somebody else is to be handed, so that they vouch for a claim."""
    make: Callable[[bytes, Making], bytes]
    """Return evidence for a claim; raises BadInput where it cannot be had."""
    check: Callable[[bytes, bytes, Trust], Stamp]
    """Return what (evidence, claim, trust) says.

    Raises VerificationFailed where the evidence is of another claim or does not hold, BadInput where
    something that is needed is not installed.
    """

    @property
    def facts(self) -> dict[str, str]:
        """Return what `show` tells of the anchor."""
        return {"needs": self.needs, "clock": self.clock or "that of the authority"}
