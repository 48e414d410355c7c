from __future__ import annotations

from functools import partial

import jax
import numpy as np
import pytest
from scipy.stats import chi2

from tasklaws.ladder import generate
from tasklaws.ladder.corpus import LENGTH, documents, padded
from tasklaws.ladder.generate import BATCH, DRAWN, Writer, Written, _chosen
from tasklaws.ladder.model import Params, initial, logits
from tasklaws.ladder.preset import MIX
from tasklaws.ladder.size import ANSWER_PLACES, size_of
from tasklaws.ladder.vocabulary import END, VOCABULARY, decode, encode

SIZE = size_of(16)
ROUNDED = 4
"""Samples that may differ because sums are rounded otherwise in calls of another shape."""
PROMPTS = [prompt for prompt, _ in documents(MIX, 40, 3)]


@pytest.fixture(scope="module")
def params() -> Params:
    """Return random weights, enlarged so that answers differ from prompt to prompt and end now and then."""
    found = initial(SIZE, 0)
    for block in found["blocks"]:
        block["out"] *= 6
        block["down"] *= 12
    found["tokens"][VOCABULARY.index(END)] *= 2
    return found


@pytest.fixture(scope="module")
def writer(params: Params) -> Writer:
    return Writer(SIZE, params)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def forward(params: Params, prompt: str, answer: str) -> np.ndarray:
    """Return log-probabilities at each place where a symbol of the answer is written, by a full pass."""
    table = np.asarray(jax.nn.log_softmax(logits(params, padded([(prompt, answer)]), SIZE.heads)))[0]
    first = len(encode(prompt)) - 1
    return table[first : first + len(encode(answer)) + 1]


def written(prompts: list[str], answers: list[Written]) -> list[tuple[str, Written, list[int]]]:
    """Return answers whose text tells all symbols: random weights also write the one that fills rows."""
    found = []
    for prompt, answer in zip(prompts, answers, strict=True):
        numbers = [*encode(answer.text), VOCABULARY.index(END)][: answer.n_tokens]
        fits = len(encode(prompt)) + answer.n_tokens <= LENGTH
        if fits and answer.n_tokens == len(encode(answer.text)) + answer.ended:
            found.append((prompt, answer, numbers))
    assert len(found) >= 10
    return found


def test_the_greedy_answer_is_that_of_the_full_pass(
    writer: Writer, params: Params, rng: np.random.Generator
) -> None:
    """Each symbol written is the likeliest given those before it, and its log-probability is the same."""
    answers = writer.write(PROMPTS, [0.0] * len(PROMPTS), rng)
    assert len({answer.text for answer in answers}) > len(PROMPTS) / 2
    for prompt, answer, numbers in written(PROMPTS, answers):
        table = forward(params, prompt, decode(numbers[:-1]))
        assert numbers == table.argmax(-1).tolist()
        assert answer.log_prob == pytest.approx(table.max(-1).sum(), abs=1e-4 * len(numbers))


def test_log_probabilities_of_samples_are_those_of_the_full_pass(
    writer: Writer, params: Params, rng: np.random.Generator
) -> None:
    answers = writer.write(PROMPTS, [1.0] * len(PROMPTS), rng)
    assert {answer.ended for answer in answers} == {True, False}
    for prompt, answer, numbers in written(PROMPTS, answers):
        table = forward(params, prompt, decode(numbers[:-1]))
        found = table[np.arange(len(numbers)), numbers].sum()
        assert answer.log_prob == pytest.approx(found, abs=1e-4 * len(numbers))


@pytest.mark.parametrize("heat", [1.0, 0.5])
def test_symbols_are_drawn_as_often_as_their_probabilities_say(heat: float) -> None:
    """A chi-square test of many draws from one distribution."""
    n, rng = 20_000, np.random.default_rng(1)
    scores = rng.standard_normal(30).astype(np.float32)
    drawn = _chosen(np.tile(scores, (n, 1)), np.full(n, heat, np.float32), rng.random(n, np.float32))
    expected = n * np.asarray(jax.nn.softmax(scores / heat), float)
    observed = np.bincount(np.asarray(drawn), minlength=30)
    assert ((observed - expected) ** 2 / expected).sum() < chi2.ppf(0.999, 29)


def test_temperature_sharpens(writer: Writer, rng: np.random.Generator) -> None:
    prompt = PROMPTS[0]
    kinds = [
        len({answer.text for answer in writer.write([prompt] * 50, [heat] * 50, rng)})
        for heat in (0.0, 0.05, 1.0)
    ]
    assert kinds[0] == 1
    assert kinds[0] <= kinds[1] < kinds[2]


def test_rows_do_not_depend_on_their_neighbours(writer: Writer, rng: np.random.Generator) -> None:
    together = writer.write(PROMPTS, [0.0] * len(PROMPTS), rng)
    alone = [writer.write([prompt], [0.0], rng)[0] for prompt in PROMPTS[:5]]
    assert [answer.text for answer in alone] == [answer.text for answer in together[:5]]


def test_more_prompts_than_a_batch(writer: Writer, rng: np.random.Generator) -> None:
    many = (PROMPTS * (BATCH // len(PROMPTS) + 1))[: BATCH + 3]
    answers = writer.write(many, [0.0] * len(many), rng)
    assert len(answers) == len(many)
    assert all(a.text == answers[place % len(PROMPTS)].text for place, a in enumerate(answers))


def test_samples_do_not_depend_on_the_rows_of_a_call(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    many = (PROMPTS * (DRAWN // len(PROMPTS) + 1))[: DRAWN + 30]
    one_call = partial(writer.write, many, [1.0] * len(many))
    few = [answer.text for answer in one_call(np.random.default_rng(3))]
    monkeypatch.setattr(generate, "BATCH", DRAWN)
    more = [answer.text for answer in one_call(np.random.default_rng(3))]
    assert sum(ours != theirs for ours, theirs in zip(few, more, strict=True)) <= ROUNDED


def test_the_rows_of_a_call_divide_those_drawn_together() -> None:
    assert DRAWN % BATCH == 0


def test_the_same_generator_gives_the_same_samples(writer: Writer) -> None:
    first, again, other = (
        [a.text for a in writer.write(PROMPTS, [1.0] * len(PROMPTS), np.random.default_rng(seed))]
        for seed in (0, 0, 1)
    )
    assert first == again != other


def test_no_prompt_gives_no_answer(writer: Writer, rng: np.random.Generator) -> None:
    assert writer.write([], [], rng) == []
    assert writer.reference_nll([]).shape == (0,)


def test_answers_fit_their_places(writer: Writer, rng: np.random.Generator) -> None:
    for prompt, answer in zip(PROMPTS, writer.write(PROMPTS, [1.0] * len(PROMPTS), rng), strict=True):
        assert 1 <= answer.n_tokens <= min(ANSWER_PLACES, LENGTH - len(encode(prompt)) + 1)


def test_reference_nll_is_that_of_the_full_pass(writer: Writer, params: Params) -> None:
    texts = list(documents(MIX, 30, 4))
    found = writer.reference_nll(texts)
    for (prompt, answer), nll in zip(texts, found, strict=True):
        numbers = [*encode(answer), VOCABULARY.index(END)]
        table = forward(params, prompt, answer)
        assert nll == pytest.approx(-table[np.arange(len(numbers)), numbers].sum(), abs=1e-3)


def test_chances_of_ones_own_are_those_of_the_generator(writer: Writer) -> None:
    """Two ways to the same samples, over more prompts than a batch."""
    many = (PROMPTS * (BATCH // len(PROMPTS) + 1))[: BATCH + 7]
    heat = [1.0 if place % 3 else 0.0 for place in range(len(many))]
    chances = np.random.default_rng(5).random((ANSWER_PLACES, DRAWN), np.float32)
    drawn = writer.write_drawn(many, heat, chances[:, : len(many)])
    assert drawn == writer.write(many, heat, np.random.default_rng(5))


def test_what_is_drawn_does_not_depend_on_what_is_asked_beside_it(
    writer: Writer, rng: np.random.Generator
) -> None:
    chances = rng.random((ANSWER_PLACES, len(PROMPTS)), np.float32)
    heat = [1.0] * len(PROMPTS)
    together = writer.write_drawn(PROMPTS, heat, chances)
    order = rng.permutation(len(PROMPTS))[:9]
    few = writer.write_drawn([PROMPTS[i] for i in order], heat[:9], chances[:, order])
    assert len({answer.text for answer in together}) > len(PROMPTS) / 2
    assert [answer.text for answer in few] == [together[i].text for i in order]


def test_a_cut_answer_has_so_many_symbols(writer: Writer, rng: np.random.Generator) -> None:
    for answer in writer.write(PROMPTS, [1.0] * len(PROMPTS), rng):
        part = answer.cut(3)
        assert answer.cut(None) == answer.cut(answer.n_tokens) == answer
        if answer.n_tokens > 3:
            assert (part.n_tokens, part.ended, part.log_prob) == (3, False, -np.inf)
            assert answer.text.startswith(part.text)
            assert encode(part.text) == encode(answer.text)[:3]
