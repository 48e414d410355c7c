"""Texts made to make rules slow do not."""

from __future__ import annotations

import time

import pytest

from tasklaws.assess.observation.flag import FLAGS
from tasklaws.assess.observation.others import Others
from tasklaws.assess.observation.transcripts import Called, Transcript, Turn

LENGTH = 50_000
HOSTILE = {
    "letters behind open": "open " + "a" * LENGTH,
    "many reads": "cat " * (LENGTH // 4),
    "redirections": "> " * (LENGTH // 2),
    "arrows": ">" * LENGTH,
    "finds": "find / " * (LENGTH // 7),
    "removals": "rm " + "test/" * (LENGTH // 5),
    "claims": "I have checked " * (LENGTH // 15),
    "runs": "running the " * (LENGTH // 12),
    "refusals": "As an AI " * (LENGTH // 9),
    "words": "I cannot really " * (LENGTH // 16),
    "quotes": '"' * (LENGTH + 1),
    "fences": "```" * (LENGTH // 3) + "`",
    "braces": '{"name": ' * (LENGTH // 9),
    "dots": "." * LENGTH,
    "blanks": " " * LENGTH,
    "almost a loop": ("a" * 599 + "b") * 2 + "a" * LENGTH + "c" * 30,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_rule_hangs(name: str) -> None:
    text = HOSTILE[name]
    called = Called("python", text, "", f"syntax error {text}")
    turns = (Turn("user", text[:1000]), Turn("assistant", text), Turn("assistant", text, (called,)))
    attempt = Transcript("m", "f", "f/1", turns=turns, tools=("python",))
    start = time.process_time()
    for flag in FLAGS.values():
        flag.look(attempt, Others())
    assert time.process_time() - start < 3
