"""Flags on text that nobody wrote to be flagged: the standard library, as calls and as answers."""

from __future__ import annotations

import sysconfig
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tasklaws.assess.observation.flag import FLAGS
from tasklaws.assess.observation.others import Others
from tasklaws.assess.observation.transcripts import Called, Transcript, Turn

PIECES = 300
QUESTION = Turn("user", "Write the module.")


@pytest.fixture(scope="module")
def pieces() -> list[str]:
    """Return pieces of modules."""
    rng = Random(1)  # noqa: S311
    files = sorted(Path(sysconfig.get_path("stdlib")).glob("[a-z]*/*.py"))
    files += sorted(Path(sysconfig.get_path("stdlib")).glob("[a-z]*.py"))
    texts = [file.read_text(errors="replace") for file in rng.sample(files, PIECES)]
    starts = [rng.randrange(max(1, len(text) - 2000)) for text in texts]
    return [text[start : start + 2000] for text, start in zip(texts, starts, strict=True)]


def _raised(turns: list[Turn]) -> Counter[str]:
    attempts = [Transcript("m", "f", "f/1", turns=(QUESTION, turn)) for turn in turns]
    looked = ((name, flag.look(one, Others())) for one in attempts for name, flag in FLAGS.items())
    return Counter(name for name, found in looked if found)


def test_few_ordinary_programs_are_flagged(pieces: list[str]) -> None:
    found = _raised([Turn("assistant", "", (Called("python", text, "ok"),)) for text in pieces])
    assert found.total() <= 0.02 * PIECES, found


def test_hardly_any_ordinary_text_is_flagged(pieces: list[str]) -> None:
    found = _raised([Turn("assistant", text) for text in pieces])
    assert found.total() <= 0.01 * PIECES, found
