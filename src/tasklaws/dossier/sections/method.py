"""How it was measured: tasks, limits, elicitation, and the ladder of models that the forecasts stand on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tasklaws.dossier.absent import is_absent
from tasklaws.dossier.sections._blocks import Part
from tasklaws.dossier.sections._words import between, doubt, facts, listed, table, told
from tasklaws.report.blocks import Facts, Field
from tasklaws.report.text import magnitude, points

if TYPE_CHECKING:
    from tasklaws.dossier.sections._words import Document

_TASKS = (
    Field("family", "family"),
    Field("n_tasks", "tasks"),
    Field("structure", "structure"),
    Field("tool_exactness", "how exactly a tool must be called"),
    Field("hardness_locked_at", "hardness locked"),
    Field("version", "version"),
)
_HASHES = (Field("family", "family"), Field("sha256", "SHA-256"))
_HARNESS = {
    "harness_id": "Harness",
    "n_attempts": "Attempts",
    "token_limit": "Tokens at most",
    "time_limit": "Time at most",
    "message_limit": "Messages at most",
    "tools": "Tools",
    "sandbox": "Sandbox",
    "versions": "Versions",
}
_EFFORT = {"best_of": "Best of", "person_hours": "Hours of people", "stop_rule": "When to stop"}
_METHODS = (
    Field("elicitation", "method"),
    Field("n_attempts", "attempts"),
    Field("tokens", "tokens", magnitude),
)
_LADDER = (
    Field("model", "model"),
    Field("lineage", "lineage"),
    Field("n_params", "parameters", magnitude),
    Field("loss_nats", "loss, nats"),
    Field("loss_corpus", "on"),
    Field("released", "released"),
    Field("source", "source"),
)


def build(document: Document) -> tuple[Any, ...]:
    """Return tasks, harness, elicitation and ladder."""
    return (
        Part("Tasks", listed(document["tasks"], _tasks, "There are no tasks.")),
        Part("Limits and tools", listed(document["harness"], _harness, "There are no attempts.")),
        Part("Elicitation", _elicitation(document["elicitation"])),
        Part("Ladder", _table(document["ladder"], _LADDER, "ladder", "There is no ladder.")),
    )


def _table(rows: Any, fields: tuple[Field, ...], name: str, nothing: str) -> tuple[Any, ...]:  # noqa: ANN401
    return listed(rows, lambda known: (table(known, fields, "", name),), nothing)


def _tasks(rows: list[dict[str, Any]]) -> tuple[Any, ...]:
    hashes = table(rows, _HASHES, "Hashes of the tasks' contents", "task-hashes", folded=True)
    return (table(rows, _TASKS, "", "tasks"), hashes)


def _harness(rows: list[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(facts(row, _HARNESS) for row in rows)


def _elicitation(block: Document) -> tuple[Any, ...]:
    methods = _table(block["methods"], _METHODS, "elicitation", "No method is known.")
    return (*methods, facts(block, _EFFORT), *_gap(block["gap_estimate"]))


def _gap(gap: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Return by how much more effort would lift the score, by the study's own effort curves."""
    if is_absent(gap):
        return (Facts((("Gap", told(gap), ""),)),)
    words = f"what more effort would add for {told(gap['model'])}"
    note = "; ".join(filter(None, (words, doubt(gap, "gap"))))
    return (Facts((("Gap", between(gap, "gap", _points), note),)),)


def _points(share: float) -> str:
    return points(100 * share)
