"""What an attempt leaves behind: the text, the calls of tools, the answer, what else was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tasklaws.spec.sandbox import Kind


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool."""

    tool: str
    text: str
    """What the model passed to the tool."""
    outcome: Kind = "ok"
    output: str = ""


@dataclass(frozen=True)
class Attempt:
    """One attempt of a model at one instance. What was not measured is None."""

    answer: str
    """The final answer, as submitted."""
    text: str = ""
    """All that the model wrote."""
    calls: tuple[ToolCall, ...] = ()
    probabilities: Mapping[str, float] | None = None
    """Choice -> probability that the model gave it."""
    reference_nll: float | None = None
    """Total negative log-likelihood of the reference solution (nats)."""
    reference_tokens: int | None = None
    """Tokens of the reference solution."""
    reference_bytes: int | None = None
    """UTF-8 bytes of the reference solution."""
    milestones: tuple[bool, ...] | None = None
    """Which of the milestones of the task were reached, in order."""
    log_prob: float | None = None
    """Log-probability of the text under the model (nats)."""
