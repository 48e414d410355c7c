"""Transcripts in the viewer of Inspect AI: its own pages, and the logs of the study, read where they lie.

Which files there are is found once; an address only chooses among their names.
"""

from __future__ import annotations

import json
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from tasklaws.assess.observation.links import in_bundle
from tasklaws.core.errors import TasklawsError
from tasklaws.importers._inspect_files import Log, under
from tasklaws.run.grid import LOGS
from tasklaws.viewer.results import inside

if TYPE_CHECKING:
    from collections.abc import Mapping

PLACE = "transcripts"
"""Where the viewer of Inspect stands below the first page."""
NOT_LOGS = frozenset({"logs.json", "eval-set.json", "listing.json"})
POLICY = "content-security-policy.json"
WAY_OUT = "Install it with: pip install 'tasklaws[inspect]'."


class Transcripts:
    """The logs of a study and the viewer for them."""

    def __init__(self, study: Path) -> None:
        """Look for logs in `study`; what a link leads to outside of it is no log of it."""
        self.folder = study / LOGS
        found = sorted((*self.folder.rglob("*.eval"), *self.folder.rglob("*.json")))
        self.logs = {
            path.relative_to(self.folder).as_posix(): path
            for path in found
            if path.name not in NOT_LOGS
            and path.is_file()
            and inside(path, self.folder)
            and inside(path, study)
        }
        self._listed: bytes | None = None
        self._lock = Lock()

    def __len__(self) -> int:
        """Return how many logs there are."""
        return len(self.logs)

    def log(self, name: str) -> Path | None:
        """Return a log by its name, None where there is none, or where it was replaced by a link."""
        path = self.logs.get(name)
        return path if path is not None and path.is_file() and inside(path, self.folder) else None

    def link(self, row: Mapping[str, Any]) -> str | None:
        """Return the address of an attempt's transcript below the first page."""
        name, sample = self._name(row), row["sample_id"] or row["instance_id"]
        if name is None or sample is None or self.viewer is None:
            return None
        return in_bundle(name, sample, row["epoch"] or 0, PLACE)

    def lacking(self, row: Mapping[str, Any]) -> str:
        """Return why an attempt with a log has no transcript to open; nothing where it has one."""
        if row["log_file"] is None:
            return ""
        if self._name(row) is None:
            return (
                f"The log of this attempt is not in the folder {LOGS} of the study, so it cannot be opened."
            )
        return (
            "" if self.viewer is not None else f"Transcripts are shown by the viewer of Inspect AI. {WAY_OUT}"
        )

    def _name(self, row: Mapping[str, Any]) -> str | None:
        name = (row["log_file"] or "").removeprefix(f"{LOGS}/")
        return name if name in self.logs else None

    @cached_property
    def viewer(self) -> dict[str, Path] | None:
        """Return the files of Inspect's viewer by their names, None where Inspect is not installed."""
        spec = find_spec("inspect_ai")  # found, not imported, which would take seconds
        if spec is None or spec.origin is None:
            return None
        dist = Path(spec.origin).parent / "_view" / "dist"
        files = {path.relative_to(dist).as_posix(): path for path in dist.rglob("*") if path.is_file()}
        return files if "index.html" in files else None

    @cached_property
    def policy(self) -> str:
        """Return the policy for the viewer's pages, as their makers state it for their own scripts."""
        stated = (self.viewer or {}).get(POLICY)
        if stated is None:
            return (
                "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'"
            )
        directives = json.loads(stated.read_text("utf-8"))["directives"]
        return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())

    @cached_property
    def front(self) -> bytes:
        """Return the first page of the viewer, told where the logs are."""
        where = json.dumps({"log_dir": "logs"})
        told = f'<script id="log_dir_context" type="application/json">{where}</script></head>'
        return (self.viewer or {})["index.html"].read_text("utf-8").replace("</head>", told, 1).encode()

    def listing(self) -> bytes:
        """Return what the viewer lists: each log that can be read, in few words."""
        with self._lock:
            if self._listed is None:
                told = {name: _overview(path) for name, path in self.logs.items()}
                self._listed = json.dumps({name: one for name, one in told.items() if one}).encode()
            return self._listed


def _overview(path: Path) -> dict[str, Any] | None:
    try:
        head = Log(path).header
    except TasklawsError:
        return None
    said, stats = under(head, "eval"), under(head, "stats")
    names = ("eval_id", "run_id", "task", "task_id", "task_version", "model")
    return {name: said.get(name, "") for name in names} | {
        "version": head.get("version", 2),
        "status": head.get("status") or "started",
        "invalidated": bool(head.get("invalidated")),
        "started_at": stats.get("started_at", ""),
        "completed_at": stats.get("completed_at", ""),
    }
