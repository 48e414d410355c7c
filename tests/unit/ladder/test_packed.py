from __future__ import annotations

import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.ladder.corpus import LENGTH, documents, padded
from tasklaws.ladder.generate import Writer
from tasklaws.ladder.model import answer_likelihoods, initial
from tasklaws.ladder.packed import packed
from tasklaws.ladder.preset import MIX
from tasklaws.ladder.size import size_of

TEXTS = [*documents(MIX, 250, 5)]


def test_packed_rows_score_as_rows_of_one_text_do() -> None:
    size = size_of(16)
    params = initial(size, 0)
    alone = -np.asarray(answer_likelihoods(params, padded(TEXTS), size.heads), np.float64).sum(-1)
    together = Writer(size, params).reference_nll(TEXTS)
    assert len(np.unique(alone.round(4))) > len(TEXTS) / 2
    np.testing.assert_allclose(together, alone, rtol=1e-5, atol=1e-5)


def test_every_text_stands_once_and_whole() -> None:
    rows = packed(TEXTS)
    single = padded(TEXTS)
    assert len(rows.tokens) < 0.7 * len(TEXTS)
    for number in range(1, len(TEXTS) + 1):
        row, places = np.nonzero(rows.documents == number)
        assert len(set(row.tolist())) == 1
        assert places.max() - places.min() + 1 == len(places) <= LENGTH
        for ours, theirs in zip(rows, single, strict=True):
            if ours is not rows.documents:
                own = theirs[number - 1, : len(places)]
                np.testing.assert_array_equal(ours[row[0], places], own)


def test_a_text_that_is_too_long_is_refused() -> None:
    with pytest.raises(BadInput, match="symbols"):
        packed([("A>", "1" * LENGTH)])
