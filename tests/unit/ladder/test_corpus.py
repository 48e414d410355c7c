from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.families import FAMILIES
from tasklaws.ladder.corpus import (
    LENGTH,
    Corpus,
    Ingredient,
    corpus,
    documents,
    held_out,
    kept_aside,
    padded,
)
from tasklaws.ladder.preset import MIX
from tasklaws.ladder.size import PROMPT_PLACES
from tasklaws.ladder.vocabulary import decode

N = 1500
HASH = "from tasklaws.ladder.corpus import corpus; from tasklaws.ladder.preset import MIX;"


@pytest.fixture(scope="module")
def mixed() -> Corpus:
    return corpus(MIX, N, 0)


def unpacked(corpus: Corpus) -> list[tuple[str, str]]:
    """Return the documents of the packed rows, as prompt and answer."""
    found = []
    for tokens, places, which, _ in zip(*corpus.rows, strict=True):
        for document in range(1, which.max() + 1):
            inside = which == document
            asked = inside & (places < PROMPT_PLACES)
            found.append((decode(tokens[asked].tolist()), decode(tokens[inside & ~asked].tolist())))
    return found


def test_rows_hold_every_document_once(mixed: Corpus) -> None:
    assert sorted(unpacked(mixed)) == sorted(documents(MIX, N, 0))


def test_no_document_has_a_prompt_that_is_kept_aside(mixed: Corpus) -> None:
    facts = {"F"}
    aside = [prompt for prompt in mixed.prompts if kept_aside(prompt) and prompt[0] not in facts]
    assert len(mixed.prompts) > N / 2
    assert aside == []


@pytest.mark.parametrize("part", [part for part in MIX if not part.seen], ids=lambda part: part.family)
def test_questions_stand_in_no_corpus(part: Ingredient) -> None:
    prompts = {prompt for prompt, _ in documents((part,), 600, 5)}
    family = FAMILIES[part.family]
    asked = {family.compact(i) for size in set(part.sizes) for i in held_out(family, size, 10)}
    assert asked
    assert not asked & prompts


def test_questions_differ_and_are_the_same_again() -> None:
    family = FAMILIES["work_in_order"]
    first, again, other = (held_out(family, 2, 20, seed) for seed in (0, 0, 1))
    prompts = [family.compact(instance) for instance in first]
    assert first == again
    assert first != other
    assert len(set(prompts)) == 20
    assert all(map(kept_aside, prompts))


def test_a_family_without_more_questions_gives_fewer() -> None:
    assert 0 < len(held_out(FAMILIES["work_in_order"], 1, 50)) < 50


def test_one_prompt_in_eight_is_kept_aside() -> None:
    assert np.mean([kept_aside(f"W{n}>") for n in range(8000)]) == pytest.approx(1 / 8, abs=0.015)


def test_the_hash_is_of_the_documents(mixed: Corpus) -> None:
    again = subprocess.run(
        [sys.executable, "-c", f"{HASH} print(corpus(MIX, {N}, 0).sha256)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout.strip() == mixed.sha256
    assert corpus(MIX, N, 1).sha256 != mixed.sha256
    assert corpus(MIX, N - 1, 0).sha256 != mixed.sha256


def test_only_answers_are_learned(mixed: Corpus) -> None:
    """A place counts where the next symbol belongs to the answer of the same document."""
    _, places, which, counts = (np.asarray(part, int) for part in mixed.rows)
    following = (which[:, 1:] == which[:, :-1]) & (which[:, 1:] > 0) & (places[:, 1:] >= PROMPT_PLACES)
    assert np.array_equal(counts[:, :-1], following)
    assert counts[:, -1].sum() == 0


def test_places_begin_anew_in_each_document_and_in_each_answer(mixed: Corpus) -> None:
    for places, which in zip(mixed.rows.places, mixed.rows.documents, strict=True):
        for document in range(1, which.max() + 1):
            own = places[which == document].astype(int)
            asked = (own < PROMPT_PLACES).sum()
            assert own.tolist() == [
                *range(asked),
                *range(PROMPT_PLACES, PROMPT_PLACES + len(own) - asked),
            ]


def test_rows_are_well_filled(mixed: Corpus) -> None:
    assert mixed.n_tokens == (mixed.rows.documents > 0).sum()
    assert mixed.n_tokens / mixed.rows.tokens.size > 0.9


def test_paths_are_drawn_as_often_as_the_mix_says() -> None:
    part = Ingredient("sum_range", 1.0, (100, 10_000), {"loop": (0.9, 0.2), "closed_form": (0.1, 0.8)})
    drawn = list(documents((part,), 3000, 0))
    for digits, share in ((3, 0.9), (5, 0.2)):
        loops = ["for" in answer for prompt, answer in drawn if len(prompt) == digits + 2]
        assert np.mean(loops) == pytest.approx(share, abs=0.05)


def test_facts_may_be_seen() -> None:
    part = next(part for part in MIX if part.seen)
    assert any(kept_aside(prompt) for prompt, _ in documents((part,), 500, 0))


def test_padded_gives_each_document_its_row() -> None:
    rows = padded([("W12>", "120=03"), ("W9>", "")])
    assert rows.tokens.shape == (2, LENGTH)
    assert rows.counts.sum(1).tolist() == [7, 1]


@pytest.mark.parametrize("mix", [(), (Ingredient("facts", 0.0, (1,), seen=True),)])
def test_an_empty_mix_is_refused(mix: tuple[Ingredient, ...]) -> None:
    with pytest.raises(BadInput, match="mix of the corpus is empty"):
        corpus(mix, 10, 0)


def test_a_document_longer_than_a_row_is_refused() -> None:
    with pytest.raises(BadInput, match="Leave that size out of the mix"):
        corpus((Ingredient("work_in_order", 1.0, (40,)),), 10, 0)
