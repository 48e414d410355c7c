"""The page of a dossier: one file for people, made of the document alone; it runs and loads nothing."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tasklaws.dossier.sections import (
    access,
    coverage,
    drivers,
    evidence,
    history,
    method,
    people,
    rating,
    record,
    results,
    stress,
)
from tasklaws.dossier.sections._words import told
from tasklaws.report.bundle import inline, read_asset
from tasklaws.report.page import FilledSection, Heading
from tasklaws.report.templating import templates

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUPS = (
    (
        "In short",
        (("rating", "The rating", rating.build), ("drivers", "What the grade follows from", drivers.build)),
    ),
    (
        "Figures",
        (
            ("stress", "Stress tests", stress.build),
            ("record", "Forecasts that were sealed", record.build),
            ("results", "Results", results.build),
            ("certificates", "What can be forecast", results.certificates),
            ("red-lines", "Red lines", results.red_lines),
        ),
    ),
    (
        "Conditions",
        (
            ("access", "Access", access.build),
            ("people", "Who rates, and who pays", people.build),
            ("subject", "What is rated", people.subject),
            ("method", "How it was measured", method.build),
            ("coverage", "Standards of others", coverage.build),
        ),
    ),
    (
        "Record",
        (
            ("history", "History of the rating", history.build),
            ("limits", "Limits and incidents", history.limits),
            ("evidence", "Evidence", evidence.build),
            ("verify", "Check it yourself", evidence.verify),
        ),
    ),
)
"""Group of sections -> name, title and maker of each."""


def page(document: Mapping[str, Any]) -> bytes:
    """Return the page of a document; the same bytes for the same document."""
    groups = [
        (group, [FilledSection(Heading(name, title), build(document)) for name, title, build in members])
        for group, members in GROUPS
    ]
    style = (
        read_asset("report.css") + files("tasklaws.dossier").joinpath("assets", "dossier.css").read_bytes()
    )
    html = (
        templates("tasklaws.dossier", "tasklaws.report")
        .get_template("dossier.html.j2")
        .render(
            title=told(document["subject"]["model"]),
            edition=told(document["edition"]),
            dossier=told(document["dossier_id"]),
            built=told(document["built_at"]),
            policy=policy(style),
            style=inline(style),
            groups=groups,
        )
    )
    return html.encode("utf-8", "backslashreplace")


def policy(style: bytes) -> str:
    """Return a policy that lets a page have this style and nothing else: no script, no picture."""
    digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
