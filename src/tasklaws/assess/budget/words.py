"""What is always said of curves of success against budget."""

from __future__ import annotations

TOLD = (
    "a curve says what these agents would have by a budget if their runs were cut there; agents that are "
    "told of their budget behave differently"
)
MEANT = (
    "bands: 90 %, pointwise, for fresh attempts at these tasks, each as often as it was tried; other tasks "
    "differ by more"
)
