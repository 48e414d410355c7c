"""Every metric of the catalogue is held to the contract of a metric."""

from __future__ import annotations

import math
import pickle
from dataclasses import MISSING, fields, replace
from functools import cache

import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.metrics import METRICS, exact, pass_at_k, pass_hat_k
from tasklaws.metrics._repeats import DEFAULT_K
from tasklaws.spec.family import Instance
from tasklaws.spec.metric import Metric, OutputLaw
from tasklaws.spec.transcript import Attempt

NAMES = sorted(METRICS)
ONE = [name for name in NAMES if METRICS[name].kind != "aggregate"]
SEVERAL = [name for name in NAMES if METRICS[name].kind == "aggregate"]
OUTPUT = [name for name in NAMES if METRICS[name].kind == "output"]
NO_LAW = {"bits_per_byte"}
NO_CHANCE = {"cel", "milestones", "reference_nll"}
PER_CHOICE = {"brier", "mc_grade"}
OPTIONAL = {field.name for field in fields(Attempt) if field.default is None}

LETTERS = "abcdefghijklmnopqrstuvwxyz"
WRONG = str.maketrans(LETTERS, LETTERS.upper())
"""A wrong token is a capital letter: none stands in any right answer."""
TRIES = 6
DRAWS = 500
# Every score is neither always the same nor almost always: its standard error can be read off the draws.
LAWS = [
    OutputLaw(length, right, gated, guess, choices, TRIES)
    for length, right in ((1, 0.4), (4, 0.8), (12, 0.9), (30, 0.98))
    for gated, guess in ((False, 0.0), (True, 0.0), (True, 0.3))
    for choices in (2, 5)
]
LAWS += [OutputLaw(3, right, choices=choices) for right, choices in ((0.35, 4), (0.45, 3))]


def named(linearity: str) -> list[str]:
    return [name for name in NAMES if METRICS[name].linearity == linearity and name not in NO_LAW]


def _question(rng: np.random.Generator, length: int = 8, choices: int = 4) -> Instance:
    """Return a question whose answer and wrong choices are random words."""
    words: list[str] = []
    while len(words) < choices:
        word = "".join(rng.choice(list(LETTERS), length))
        words += [word] if word not in words else []
    return Instance("words", length, "words/1", {}, words[0], tuple(sorted(words)))


def _answer(law: OutputLaw, right: str, rng: np.random.Generator) -> tuple[str, bool]:
    """Return an answer as `law` draws it, and whether a tool returned it."""
    returned = law.gated and bool(rng.random() < law.success)
    kept = rng.random(law.length) < (1.0 if returned else law.guess if law.gated else law.right)
    made = "".join(c if k else c.translate(WRONG) for c, k in zip(right, kept, strict=True))
    return made, returned


def _probabilities(
    law: OutputLaw, asked: Instance, returned: bool, rng: np.random.Generator
) -> dict[str, float]:
    wrong = [choice for choice in asked.choices if choice != asked.answer]
    if law.gated:
        blind = dict.fromkeys(asked.choices, 1 / law.choices)
        return blind if not returned else dict.fromkeys(wrong, 0.0) | {asked.answer: 1.0}
    rest = (1 - law.right) * rng.dirichlet(np.ones(len(wrong)))
    return dict(zip(wrong, rest.tolist(), strict=True)) | {asked.answer: law.right}


def _attempt(law: OutputLaw, asked: Instance, rng: np.random.Generator) -> Attempt:
    """Return one attempt as `law` draws it; milestones end with the first step that fails."""
    answer, returned = _answer(law, asked.answer, rng)
    done = np.logical_and.accumulate(rng.random(law.length) < law.right)
    return Attempt(
        f" {answer}\n",
        probabilities=_probabilities(law, asked, returned, rng),
        reference_nll=-math.log(law.right) * law.length,
        reference_tokens=law.length,
        reference_bytes=law.length,
        milestones=tuple(done.tolist()),
    )


@cache
def _drawn(law: OutputLaw) -> list[tuple[Instance, list[Attempt]]]:
    rng = np.random.default_rng([LAWS.index(law), 1])
    asked = [_question(rng, law.length, law.choices) for _ in range(DRAWS)]
    return [(one, [_attempt(law, one, rng) for _ in range(law.attempts)]) for one in asked]


def _scores(metric: Metric, law: OutputLaw) -> np.ndarray:
    """Return the scores of the attempts drawn, NaN where the metric says None."""
    several = metric.kind == "aggregate"
    scores = [metric.score(one, tries if several else tries[:1]) for one, tries in _drawn(law)]
    return np.array(scores, dtype=float)


def _best(asked: Instance) -> Attempt:
    sure = {choice: float(choice == asked.answer) for choice in asked.choices}
    return Attempt(asked.answer, "", (), sure, 0.0, 8, 8, (True, True, True))


def _worse(asked: Instance, rng: np.random.Generator) -> Attempt:
    """Return an attempt that is wrong in every respect, more or less."""
    given = rng.dirichlet(np.ones(len(asked.choices)))
    given[asked.choices.index(asked.answer)] = 0.9 * given.min()
    wrong = [c.upper() if rng.random() < 0.5 else c for c in asked.answer]
    wrong[0] = wrong[0].upper()
    loss = float(rng.exponential(9.0)) + 0.01
    probabilities = dict(zip(asked.choices, given.tolist(), strict=True))
    reached = (*(rng.random(2) < 0.5).tolist(), False)
    return Attempt("".join(wrong), "", (), probabilities, loss, 8, 8, reached)


def _tries(metric: Metric, attempt: Attempt) -> list[Attempt]:
    return [attempt] * (TRIES if metric.kind == "aggregate" else 1)


def _affine(x: np.ndarray, y: np.ndarray) -> float:
    """Return the largest deviation of y from the line through its ends."""
    order = np.argsort(x)
    x, y = x[order], y[order]
    line = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])
    return float(np.abs(y - line).max())


def _r_squared(x: np.ndarray, y: np.ndarray) -> float:
    left = y - np.polynomial.Polynomial.fit(x, y, 1)(x)
    return 1 - float(left @ left / ((y - y.mean()) @ (y - y.mean())))


def _expected(metric: Metric, laws: list[OutputLaw]) -> np.ndarray:
    return np.array([metric.expected(law) for law in laws], dtype=float)


def test_catalogue_holds_the_metrics_of_the_design() -> None:
    assert set(NAMES) >= {
        "bits_per_byte", "brier", "cel", "edit_similarity", "exact", "mc_grade", "milestones", "pass_at_k",
        "pass_hat_k", "reference_nll", "token_accuracy",
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_entry_is_named_as_its_file_sourced_and_its_card_is_filled(name: str) -> None:
    metric = METRICS[name]
    assert metric.name == name
    assert metric.source
    assert metric.status in {"published", "emerging"}
    assert all(metric.facts.values())
    assert metric.resolution.endswith(".")
    assert metric.validity.endswith(".")
    assert metric.needs
    assert set(metric.needs) <= {field.name for field in fields(Attempt)}


@pytest.mark.parametrize("name", NAMES)
def test_entry_pickles_and_compares_equal(name: str) -> None:
    metric = METRICS[name]
    assert pickle.loads(pickle.dumps(metric)) == metric  # noqa: S301  our own bytes
    assert replace(metric, summary="another") != metric


@pytest.mark.parametrize("name", NAMES)
def test_scores_lie_within_the_bounds(name: str) -> None:
    metric, rng = METRICS[name], np.random.default_rng(2)
    drawn = [_scores(metric, law) for law in LAWS if law.attempts == TRIES]
    questions = [_question(rng) for _ in range(300)]
    worse = [metric.score(asked, _tries(metric, _worse(asked, rng))) for asked in questions]
    scores = np.concatenate([*drawn, np.array(worse, dtype=float)])
    assert scores.min() >= (-math.inf if metric.lower is None else metric.lower)
    assert scores.max() <= (math.inf if metric.upper is None else metric.upper)


@pytest.mark.parametrize("name", NAMES)
def test_right_attempts_score_best_and_all_others_worse(name: str) -> None:
    metric, rng = METRICS[name], np.random.default_rng(3)
    sign = 1 if metric.direction == "higher" else -1
    for _ in range(100):
        asked = _question(rng)
        best = metric.score(asked, _tries(metric, _best(asked)))
        worse = metric.score(asked, _tries(metric, _worse(asked, rng)))
        assert best == (metric.upper if sign > 0 else metric.lower)
        assert worse is not None
        assert best is not None
        assert sign * worse < sign * best


@pytest.mark.parametrize("name", NAMES)
def test_expected_score_goes_the_declared_way_as_tokens_get_right(name: str) -> None:
    metric = METRICS[name]
    sign = 1 if metric.direction == "higher" else -1
    laws = [OutputLaw(6, right, attempts=TRIES) for right in np.linspace(0.05, 1.0, 30).tolist()]
    if name in NO_LAW:
        assert [metric.expected(law) for law in laws] == [None] * len(laws)
        return
    steps = sign * np.diff(_expected(metric, laws))
    assert steps.min() >= -1e-12
    assert steps.sum() > 0.5


@pytest.mark.parametrize("name", NAMES)
def test_score_is_undefined_without_a_field_it_needs_and_blind_to_all_others(name: str) -> None:
    metric, rng = METRICS[name], np.random.default_rng(4)
    asked = _question(rng)
    attempt = _worse(asked, rng)
    for needed in OPTIONAL & set(metric.needs):
        assert metric.score(asked, _tries(metric, replace(attempt, **{needed: None}))) is None
    without = dict.fromkeys(OPTIONAL - set(metric.needs))
    blank = replace(attempt, text="", calls=(), **without)
    assert metric.score(asked, _tries(metric, blank)) == metric.score(asked, _tries(metric, attempt))
    assert all(f.default is MISSING for f in fields(Attempt) if f.name in set(metric.needs) - OPTIONAL)


@pytest.mark.parametrize("name", NAMES)
def test_chance_is_what_guessing_scores(name: str) -> None:
    metric, rng = METRICS[name], np.random.default_rng(5)
    scores, levels = [], []
    for _ in range(2000):
        asked = _question(rng, 3, 4)
        tries = [_guess(asked, rng) for _ in range(TRIES if metric.kind == "aggregate" else 1)]
        scores.append(metric.score(asked, tries))
        levels.append(metric.chance(asked))
    if name in NO_CHANCE:
        assert set(levels) == {None}
        return
    gap = np.array(scores, dtype=float) - np.array(levels, dtype=float)
    assert abs(gap.mean()) <= 4 * gap.std() / math.sqrt(gap.size) + 1e-12


def _guess(asked: Instance, rng: np.random.Generator) -> Attempt:
    """Return an attempt that knows nothing: any choice, all as likely, any byte as likely."""
    even = dict.fromkeys(asked.choices, 1 / len(asked.choices))
    guess = asked.choices[rng.integers(len(asked.choices))]
    return Attempt(guess, probabilities=even, reference_nll=3 * math.log(256), reference_bytes=3)


@pytest.mark.parametrize("name", sorted(set(NAMES) - NO_CHANCE - {"bits_per_byte"}))
def test_open_questions_have_no_chance_level(name: str) -> None:
    assert METRICS[name].chance(Instance("f", 1, "f/1", {}, "right")) is None


def test_a_guess_of_one_choice_at_random_gets_the_chance_grade() -> None:
    metric, rng = METRICS["mc_grade"], np.random.default_rng(6)
    asked = _question(rng)
    grades = [
        metric.score(asked, [Attempt("", probabilities=dict(zip(asked.choices, p, strict=True)))])
        for p in rng.dirichlet(np.ones(4), 4000).tolist()
    ]
    assert np.mean(np.array(grades, float)) == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / 4000))


@pytest.mark.parametrize("law", LAWS, ids=str)
def test_expected_is_the_mean_score_of_simulated_outputs(law: OutputLaw) -> None:
    for name in set(NAMES) - NO_LAW:
        scores, mean = _scores(METRICS[name], law), METRICS[name].expected(law)
        if law.attempts == 1 and name in SEVERAL:
            assert mean is None
            assert np.isnan(scores).all()
            continue
        assert mean is not None
        error = 4 * scores.std() / math.sqrt(DRAWS)
        assert abs(scores.mean() - mean) <= error + 1e-9, name


@pytest.mark.parametrize("name", named("linear"))
@pytest.mark.parametrize("length", [1, 7, 40])
def test_linear_metrics_are_affine_in_the_error_of_a_token(name: str, length: int) -> None:
    errors = np.linspace(0.0, 1.0, 101)
    laws = [OutputLaw(length, 1 - error) for error in errors.tolist()]
    assert _affine(errors, _expected(METRICS[name], laws)) < 1e-9


@pytest.mark.parametrize("name", named("power"))
def test_power_metrics_are_not_affine_in_the_error_of_a_token(name: str) -> None:
    errors = np.linspace(0.0, 1.0, 101)
    laws = [OutputLaw(7, 1 - error) for error in errors.tolist()]
    assert _affine(errors, _expected(METRICS[name], laws)) > 0.1


@pytest.mark.parametrize("name", named("logarithmic"))
def test_logarithmic_metrics_are_affine_in_the_log_likelihood(name: str) -> None:
    likelihoods = np.linspace(-5.0, 0.0, 101)
    laws = [OutputLaw(7, math.exp(likelihood)) for likelihood in likelihoods.tolist()]
    assert _affine(likelihoods, _expected(METRICS[name], laws)) < 1e-9
    assert METRICS[name].expected(OutputLaw(7, 0.0)) is None


@pytest.mark.parametrize("name", named("threshold"))
@pytest.mark.parametrize("choices", [2, 3, 4, 10, 60])
def test_threshold_metrics_move_only_between_no_lead_and_a_sure_one(name: str, choices: int) -> None:
    below = [OutputLaw(1, p, choices=choices) for p in np.linspace(0.0, 0.999 / choices, 20).tolist()]
    above = [OutputLaw(1, p, choices=choices) for p in np.linspace(0.501, 1.0, 20).tolist()]
    between = [OutputLaw(1, p, choices=choices) for p in np.linspace(1.0 / choices, 0.5, 40).tolist()]
    assert set(_expected(METRICS[name], below)) == {0.0}
    assert set(_expected(METRICS[name], above)) == {1.0}
    assert np.diff(_expected(METRICS[name], between)).min() >= 0


@pytest.mark.parametrize("name", named("aggregate"))
def test_aggregates_bend_what_they_aggregate_unless_k_is_one(name: str) -> None:
    laws = [OutputLaw(1, p, attempts=TRIES) for p in np.linspace(0.0, 1.0, 101).tolist()]
    accuracy = _expected(METRICS["exact"], laws)
    at = {"pass_at_k": pass_at_k.at, "pass_hat_k": pass_hat_k.at}[name]
    assert _affine(accuracy, _expected(METRICS[name], laws)) > 0.1
    np.testing.assert_allclose(_expected(at(1), laws), accuracy, atol=1e-12)


@pytest.mark.parametrize("guess", [0.0, 0.3])
def test_behind_a_strict_tool_every_output_metric_is_affine_in_accuracy_and_the_loss_is_not(
    guess: float,
) -> None:
    laws = [OutputLaw(9, s ** (1 / 9), gated=True, guess=guess) for s in np.linspace(0.02, 0.98, 49).tolist()]
    accuracy = _expected(METRICS["exact"], laws)
    for name in OUTPUT:
        assert _r_squared(accuracy, _expected(METRICS[name], laws)) == pytest.approx(1.0, abs=1e-9), name
    assert _r_squared(accuracy, _expected(METRICS["reference_nll"], laws)) < 0.9


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("count", [0, 2])
def test_metrics_of_one_attempt_refuse_none_and_several(name: str, count: int) -> None:
    asked = _question(np.random.default_rng(7))
    with pytest.raises(BadInput, match=f"{count} attempts at 'words/1'") as raised:
        METRICS[name].score(asked, [_best(asked)] * count)
    assert raised.value.need
    assert raised.value.way_out


@pytest.mark.parametrize("name", sorted(PER_CHOICE))
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"a": 1.2, "b": 0.0}, "'a' the probability 1.2"),
        ({"a": -0.1, "b": 0.5}, "'a' the probability -0.1"),
        ({"a": math.nan, "b": 0.5}, "'a' the probability nan"),
        ({"a": 0.7, "b": 0.7}, "add up to 1.4"),
        ({"a": 0.5, "c": 0.5}, "names 'c', which is no choice"),
    ],
)
def test_probabilities_that_cannot_be_are_refused(name: str, given: dict[str, float], said: str) -> None:
    asked = Instance("f", 1, "f/1", {}, "a", ("a", "b"))
    with pytest.raises(BadInput, match=said) as raised:
        METRICS[name].score(asked, [Attempt("a", probabilities=given)])
    assert raised.value.need
    assert raised.value.way_out


@pytest.mark.parametrize("name", sorted(PER_CHOICE))
def test_an_answer_that_is_no_choice_is_refused(name: str) -> None:
    asked = Instance("f", 1, "f/1", {}, "right", ("a", "b"))
    with pytest.raises(BadInput, match="the answer to 'f/1' is 'right', which is no choice"):
        METRICS[name].score(asked, [Attempt("a", probabilities={"a": 1.0, "b": 0.0})])


@pytest.mark.parametrize("name", sorted(PER_CHOICE))
def test_a_choice_that_was_not_measured_leaves_the_score_undefined(name: str) -> None:
    asked = Instance("f", 1, "f/1", {}, "a", ("a", "b"))
    assert METRICS[name].score(asked, [Attempt("a", probabilities={"a": 0.5})]) is None


@pytest.mark.parametrize("name", ["reference_nll", "cel", "bits_per_byte"])
@pytest.mark.parametrize("loss", [-0.1, math.nan, math.inf])
def test_losses_that_cannot_be_are_refused(name: str, loss: float) -> None:
    attempt = Attempt("", reference_nll=loss, reference_tokens=3, reference_bytes=3)
    with pytest.raises(BadInput, match="reference_nll of") as raised:
        METRICS[name].score(Instance("f", 1, "f/1", {}, "a"), [attempt])
    assert raised.value.need
    assert raised.value.way_out


@pytest.mark.parametrize(
    ("name", "unit"), [("cel", "reference_tokens"), ("bits_per_byte", "reference_bytes")]
)
def test_references_of_no_length_are_undefined_and_of_a_negative_one_refused(name: str, unit: str) -> None:
    asked = Instance("f", 1, "f/1", {}, "a")
    assert METRICS[name].score(asked, [Attempt("", reference_nll=1.0, **{unit: 0})]) is None
    with pytest.raises(BadInput, match=unit):
        METRICS[name].score(asked, [Attempt("", reference_nll=1.0, **{unit: -1})])


def test_an_attempt_without_milestones_to_reach_is_undefined() -> None:
    asked = Instance("f", 1, "f/1", {}, "a")
    assert METRICS["milestones"].score(asked, [Attempt("", milestones=())]) is None


@pytest.mark.parametrize(
    ("answer", "similarity", "accuracy"),
    [("abcd", 1.0, 1.0), ("abxd", 0.75, 0.75), ("xabcd", 0.8, 0.0), ("abcdabcd", 0.5, 0.5), ("", 0.0, 0.0)],
)
def test_text_metrics_by_hand(answer: str, similarity: float, accuracy: float) -> None:
    asked = Instance("f", 1, "f/1", {}, "abcd")
    assert METRICS["edit_similarity"].score(asked, [Attempt(answer)]) == similarity
    assert METRICS["token_accuracy"].score(asked, [Attempt(answer)]) == accuracy
    assert METRICS["exact"].score(asked, [Attempt(answer)]) == float(answer == "abcd")


@pytest.mark.parametrize(
    ("given", "brier", "grade"),
    [
        ((1.0, 0.0, 0.0), 0.0, 1.0),
        ((0.0, 1.0, 0.0), 2.0, 0.0),
        ((0.0, 0.0, 0.0), 1.0, 1 / 3),
        ((0.2, 0.1, 0.1), 0.66, 1.0),
        ((0.4, 0.4, 0.2), 0.56, 1 / 2),
    ],
)
def test_choice_metrics_by_hand(given: tuple[float, ...], brier: float, grade: float) -> None:
    asked = Instance("f", 1, "f/1", {}, "a", ("a", "b", "c"))
    attempt = Attempt("", probabilities=dict(zip("abc", given, strict=True)))
    assert METRICS["brier"].score(asked, [attempt]) == pytest.approx(brier)
    assert METRICS["mc_grade"].score(asked, [attempt]) == pytest.approx(grade)


@pytest.mark.parametrize("module", [pass_at_k, pass_hat_k])
@pytest.mark.parametrize("n", [1, 4, 9])
@pytest.mark.parametrize("success", [0.0, 0.03, 0.5, 0.97, 1.0])
def test_estimates_over_several_attempts_have_no_bias(module: object, n: int, success: float) -> None:
    binomial = [math.comb(n, c) * success**c * (1 - success) ** (n - c) for c in range(n + 1)]
    for k in range(1, n + 1):
        mean = math.fsum(p * module.estimate(n, c, k) for c, p in enumerate(binomial))  # type: ignore[attr-defined]
        assert mean == pytest.approx(module.of_k(success, k), abs=1e-12)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", SEVERAL)
def test_fewer_attempts_than_k_leave_the_score_undefined(name: str) -> None:
    asked = _question(np.random.default_rng(8))
    assert METRICS[name].score(asked, [_best(asked)] * (DEFAULT_K - 1)) is None
    assert METRICS[name].score(asked, []) is None
    assert METRICS[name].expected(OutputLaw(3, 0.9, attempts=DEFAULT_K - 1)) is None
    assert METRICS[name].score(asked, [_best(asked)] * DEFAULT_K) == 1.0


@pytest.mark.parametrize("module", [pass_at_k, pass_hat_k])
def test_another_k_makes_another_metric_and_the_same_k_an_equal_one(module: object) -> None:
    made = module.at(2)  # type: ignore[attr-defined]
    assert made == module.at(2)  # type: ignore[attr-defined]
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301  our own bytes
    assert made.name == module.METRIC.name.replace("k", "2")  # type: ignore[attr-defined]
    assert module.at(DEFAULT_K) == module.METRIC  # type: ignore[attr-defined]
    with pytest.raises(BadInput, match="k, the number of attempts"):
        module.at(0)  # type: ignore[attr-defined]


def test_exact_match_needs_the_very_text_but_for_white_space_around_it() -> None:
    asked = Instance("f", 1, "f/1", {}, "a b")
    given = {" a b\n": 1.0, "a  b": 0.0, "A b": 0.0, "": 0.0}
    assert {text: exact.score(asked, [Attempt(text)]) for text in given} == given
