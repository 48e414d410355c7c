"""Made-up documents of the verb headline. No number here is a result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tasklaws.report.content import Document


def claim(name: str, kind: str, words: int = 32, about: str = "model") -> dict[str, Any]:
    rest = {"what": f"attempts of {about}", "where": f"runs?model={about}", "n": 3, "sha256": "ab" * 32}
    text = f"{about} {'scores ' * words}"
    return {"name": name, "text": text, "kind": kind, "rests_on": [rest], "would_change": "fresh " * 20}


def headline(families: int = 11, about: str = "model") -> Document:
    """Return a full document: nine claims, and a forecast that was opened."""
    names = (
        "score",
        "change",
        "forecast",
        "past",
        "opened",
        "families",
        "time_horizon",
        "elicitation",
        "unknown",
    )
    kinds = ("observed", "observed", "guess", "derived", "derived", "derived", "guess", "guess", "observed")
    rows = [
        {"family": f"{about} {i}", "q050": 0.1, "q250": 0.2, "q500": 0.3 + i / 100, "q750": 0.5, "q950": 0.7,
         "observed": 0.8 if i == 0 else 0.4}
        for i in range(families)
    ]  # fmt: skip
    claims = [claim(name, kind, about=about) for name, kind in zip(names, kinds, strict=True)]
    forecast = {"target": about, "opened": True, "families": rows}
    return {"title": about, "claims": claims, "forecast": forecast, "warnings": []}
