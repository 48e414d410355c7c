"""What cannot be worked out on this machine, for want of a library."""

from __future__ import annotations


class Unread(str):
    """A text that says so; it is shown, and never held against what another machine printed."""

    __slots__ = ()
