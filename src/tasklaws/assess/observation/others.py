"""What the other attempts did: how long those at the same task were, and which ways they took."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tasklaws.assess.observation.transcripts import Transcript

NO_PATH = "guessed"
"""What classifiers say of an attempt that took no way."""

Place = tuple[str, str, str | None]
"""Model, task, elicitation."""


@dataclass(frozen=True)
class Others:
    """What attempts of one model at one task have in common."""

    tokens: Mapping[Place, Counter[int]] = field(default_factory=dict)
    """Lengths, each with its number of attempts."""
    paths: Mapping[Place, Counter[str]] = field(default_factory=dict)
    """Ways, guesses left out."""
    before: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Model -> the models of the size before it."""

    def paths_before(self, attempt: Transcript) -> Counter[str]:
        """Return the ways that the models of the size before took at the same task."""
        found: Counter[str] = Counter()
        for model in self.before.get(attempt.model, ()):
            found += self.paths.get((model, attempt.task_id, attempt.elicitation), Counter())
        return found


def place_of(attempt: Transcript) -> Place:
    """Return where an attempt is to be compared with others."""
    return attempt.model, attempt.task_id, attempt.elicitation


def others(attempts: Iterable[Transcript], before: Mapping[str, tuple[str, ...]] | None = None) -> Others:
    """Return what `attempts` did, for each of them to be held against."""
    tokens: defaultdict[Place, Counter[int]] = defaultdict(Counter)
    paths: defaultdict[Place, Counter[str]] = defaultdict(Counter)
    for one in attempts:
        if one.tokens is not None:
            tokens[place_of(one)][one.tokens] += 1
        if one.path is not None and one.path != NO_PATH:
            paths[place_of(one)][one.path] += 1
    return Others(dict(tokens), dict(paths), before or {})
