"""What scores do: their mean, their spread and, where it is short, their whole law.

Tokens are right independently, or with one correlation between any two (beta-binomial), or all at once
out of a strict tool (gated). Shares are shares of tokens.
Source: formal model, sections 3.3 and 3.4 (P1, P2, P6, P7) and D7.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, ndtr

from tasklaws.spec.bounds import share, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.spec.metric import OutputLaw

Floats = npt.NDArray[np.float64]

NODES = 120
"""Nodes of the quadrature over the score of the right choice."""


@dataclass(frozen=True, eq=False)
class ScoreLaw:
    """The law of a score that takes finitely many values."""

    values: Floats
    """Growing, of shape (values,)."""
    pmf: Floats
    """Probability of each value."""

    @property
    def mean(self) -> float:
        """Return the mean score."""
        return float(self.values @ self.pmf)

    @property
    def variance(self) -> float:
        """Return the variance of the score."""
        return float((self.values - self.mean) ** 2 @ self.pmf)


def independent_tokens(length: int, right: float) -> ScoreLaw:
    """Return the law of the share of right tokens where each is right with probability `right`."""
    return correlated_tokens(length, right, 0.0)


def unequal_tokens(right: Sequence[float]) -> ScoreLaw:
    """Return the law of the share of right tokens that differ in difficulty (Poisson-binomial)."""
    whole(len(right), 1, "the number of tokens")
    for probability in right:
        share(probability, "the probability that a token is right")
    return _share_law(reduce(np.convolve, [np.array([1 - p, p]) for p in right], np.ones(1)))


def correlated_tokens(length: int, right: float, correlation: float) -> ScoreLaw:
    """Return the law of the share of right tokens, any two of which are correlated (beta-binomial)."""
    whole(length, 1, "the number of tokens")
    share(right, "the probability that a token is right")
    share(correlation, "the correlation of tokens")
    if correlation == 1:
        return gated_tokens(length, right, 0.0)
    rising, falling = (_log_rising(p, length, correlation) for p in (right, 1 - right))
    log_pmf = _log_choose(length) + rising + falling[::-1] - _log_rising(1.0, length, correlation)[-1]
    return _share_law(np.exp(log_pmf))


def _log_rising(start: float, length: int, correlation: float) -> Floats:
    """Return log of the products of start (1 - correlation) + i correlation over i < k, for k = 0 .. length.

    Ratios of beta functions, without the cancellation that they suffer where the correlation is small.
    """
    with np.errstate(divide="ignore"):  # the logarithm of an impossible token is -inf
        logs = np.log(start * (1 - correlation) + correlation * np.arange(length))
    return np.append(0.0, np.cumsum(logs))


def gated_tokens(length: int, success: float, guess: float) -> ScoreLaw:
    """Return the law of the share of right tokens: all with probability `success`, else guessed ones."""
    share(success, "the probability of success")
    pmf = (1 - success) * independent_tokens(length, guess).pmf
    pmf[-1] += success
    return _share_law(pmf)


def tokens(law: OutputLaw, correlation: float = 0.0) -> ScoreLaw:
    """Return the law of the share of right tokens in an answer; gated answers know no correlation."""
    if law.gated:
        return gated_tokens(law.length, law.success, law.guess)
    return correlated_tokens(law.length, law.right, correlation)


def _share_law(pmf: Floats) -> ScoreLaw:
    return ScoreLaw(np.linspace(0.0, 1.0, pmf.size), pmf)


def _log_choose(n: int) -> Floats:
    """Return log C(n, k) for k = 0 .. n."""
    k = np.arange(n + 1)
    return np.asarray(-betaln(n - k + 1, k + 1) - math.log(n + 1))


def exact_mean(law: OutputLaw) -> float:
    """Return the probability that all tokens are right: p^L; gated, lucky guesses come on top."""
    return _or_guess(law, law.guess**law.length) if law.gated else law.success


def token_mean(law: OutputLaw) -> float:
    """Return the mean share of right tokens."""
    return _or_guess(law, law.guess) if law.gated else law.right


def _or_guess(law: OutputLaw, guessed: float) -> float:
    """Return the mean of a score that is 1 on success and `guessed` otherwise: affine in success (P6)."""
    return law.success + (1 - law.success) * guessed


def least_edit_mean(law: OutputLaw) -> float:
    """Return the least mean edit similarity that `law` allows, the mean share of right tokens.

    Tokens in their place can be kept, so the Levenshtein distance is at most the Hamming distance. Where
    wrong tokens stand nowhere in the right answer, no alignment keeps more, and the two are equal: this is
    the exact mean then. Else similarity is higher, by accident. Measured excess in texts of 64 random
    symbols, tokens right with .9, .5 and as guessed: hexadecimal .000, .002, .08; decimal .000, .006, .11.
    """
    return token_mean(law)


def most_edit_mean(law: OutputLaw) -> float:
    """Return a mean edit similarity that `law` cannot exceed, whatever the wrong tokens are.

    One wrong token is one edit; two or more are two edits at least, as texts of one length that differ by
    a single edit differ in one place.
    """
    counts = tokens(law).pmf
    return float(1 - (2 * counts[:-2].sum() + counts[-2]) / law.length)


def milestones(steps: int, right: float) -> ScoreLaw:
    """Return the law of the share of a chain of steps that is done before the first one fails."""
    whole(steps, 1, "the number of steps")
    share(right, "the probability that a step is right")
    reached = right ** np.arange(steps + 1)
    return _share_law(reached - np.append(reached[1:], 0.0))


def milestone_mean(law: OutputLaw) -> float:
    """Return the mean share of a chain of `length` steps that is done: q(1 - q^n) / (n(1 - q))."""
    return milestones(law.length, law.right).mean


def nll_mean(law: OutputLaw) -> float | None:
    """Return the negative log-likelihood (nats) of the tokens that must be right; None where one cannot be.

    They are the answer, or, gated, the call of the tool: -log of the success either way, and so never
    affine in it.
    """
    return -law.length * math.log(law.right) if law.right else None


def nll_per_token(law: OutputLaw) -> float | None:
    """Return the negative log-likelihood per token (nats); None where a token cannot be right."""
    total = nll_mean(law)
    return None if total is None else total / law.length


def brier_mean(law: OutputLaw) -> float:
    """Return the mean Brier score, 0 to 2, where the rest is divided at random over the wrong choices.

    All divisions are as likely: (1 - p)^2 (1 + 2/K). Gated: 0 on success, else spread evenly: 1 - 1/K.
    """
    if law.gated:
        return (1 - law.success) * (1 - 1 / law.choices)
    return (1 - law.right) ** 2 * (1 + 2 / law.choices)


def brier_bounds(right: float, choices: int) -> tuple[float, float]:
    """Return the Brier score where the rest is spread evenly, and where one wrong choice has it all."""
    return (1 - right) ** 2 * choices / (choices - 1), 2 * (1 - right) ** 2


def grade_mean(law: OutputLaw) -> float:
    """Return the probability that the right choice has the most probability; a tie counts its share.

    The rest is divided at random, all divisions as likely, so that p must exceed (1 - p) times the largest
    of K - 1 spacings: impossible up to p = 1/K, certain from 1/2. Gated: 1 on success, else 1/K.
    Source: the law of the largest spacing, Fisher, 1929, Proc. R. Soc. A 125, 54.
    """
    if law.gated:
        return _or_guess(law, 1 / law.choices)
    if law.choices == 2 and law.right == 1 / 2:  # noqa: PLR2004  the one tie that is not of probability 0
        return 1 / 2
    return _largest_is_less(Fraction(law.right), law.choices - 1)


def _largest_is_less(right: Fraction, wrong: int) -> float:
    """Return P((1 - right) x largest of `wrong` spacings < right); exact, as the terms cancel."""
    rest = 1 - right
    if right >= rest:
        return 1.0
    terms = (
        (-1) ** j * math.comb(wrong, j) * (rest - j * right) ** (wrong - 1)
        for j in range(wrong + 1)
        if rest > j * right
    )
    return float(sum(terms) / rest ** (wrong - 1))


def grade_of_scores(lead: float, choices: int) -> float:
    """Return the grade where scores are normal: P(the right choice's exceeds all wrong ones').

    All have one standard deviation, and the mean of the right one lies `lead` of them above the others'.
    A softmax keeps the order, so scores may be logits of any temperature.
    """
    whole(choices, 1, "the number of choices")
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return float(weights @ ndtr(nodes + lead) ** (choices - 1) / math.sqrt(2 * math.pi))


def tool_success(errors: Sequence[float], strictness: float) -> float:
    """Return the success of a call whose tokens err with `errors`, each fatal with `strictness` (P1, P2)."""
    share(strictness, "the strictness of a tool")
    return math.prod(1 - strictness * error for error in errors)


def accuracy_bounds(length: int, mean_errors: float) -> tuple[float, float]:
    """Return the least and the highest accuracy that `mean_errors` wrong tokens allow; both are reached (P7).

    Least: one wrong token in as many answers as can be. Highest: wrong answers are wrong in every token.
    """
    whole(length, 1, "the number of tokens")
    share(mean_errors / length, "the share of wrong tokens")
    return max(0.0, 1 - mean_errors), 1 - mean_errors / length


def binarity(law: ScoreLaw, lower: float = 0.0, upper: float = 1.0, noise: float = 0.0) -> float | None:
    """Return the share of the variance that a score of this mean can have: 1 for all or nothing (D7).

    `lower` is what guessing scores, `noise` the variance that guessing adds. None at either end, where a
    score cannot vary.
    Source: Bhatia and Davis, 2000, American Mathematical Monthly 107(4), 353.
    """
    most = (upper - law.mean) * (law.mean - lower)
    return (law.variance - noise) / most if most > 0 else None


def guess_noise(law: OutputLaw) -> float:
    """Return the variance that guessed tokens add to the share of right tokens of a gated answer."""
    return (1 - law.success) * law.guess * (1 - law.guess) / law.length


def token_correlation(found: float, length: int) -> float | None:
    """Return the correlation of two tokens that a binarity of `found` means; None for one token (D7)."""
    return (length * found - 1) / (length - 1) if length > 1 else None
