from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tasklaws.core.errors import BadInput
from tasklaws.families import FAMILIES
from tasklaws.ladder.preset import MIX
from tasklaws.ladder.vocabulary import END, PIECES, VOCABULARY, decode, encode

if TYPE_CHECKING:
    from tasklaws.ladder.corpus import Ingredient


@pytest.mark.parametrize("part", MIX, ids=lambda part: part.family)
def test_prompts_and_solutions_come_back_as_they_were(part: Ingredient) -> None:
    family = FAMILIES[part.family]
    for size in sorted(set(part.sizes)):
        for instance in family.instances(size, 20):
            texts = [family.compact(instance)]
            texts += [path.compact(instance) for path in family.paths if path.compact]
            for text in texts:
                numbers = encode(text)
                assert decode(numbers) == text
                assert "".join(VOCABULARY[number] for number in numbers) == text


def test_every_symbol_has_a_number_of_its_own_that_fits_a_byte() -> None:
    assert len(set(VOCABULARY)) == len(VOCABULARY) < 256
    assert all(encode(symbol) == [number] for number, symbol in enumerate(VOCABULARY) if symbol)


def test_a_piece_of_a_program_is_one_symbol() -> None:
    assert [len(encode(piece)) for piece in PIECES] == [1] * len(PIECES)
    assert len(encode("print(sha256('abc'))")) == 9


def test_text_ends_at_the_first_end() -> None:
    assert decode(encode(f"12{END}34{END}")) == "12"


@pytest.mark.parametrize("text", ["a-b", "ä", "\t"])
def test_a_character_without_symbol_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="compact rendering"):
        encode(text)
