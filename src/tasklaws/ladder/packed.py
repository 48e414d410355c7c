"""Known texts packed into rows for scoring: a model reads several at once, and each sees only itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tasklaws.ladder.corpus import LENGTH, places, symbols
from tasklaws.ladder.rows import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def packed(texts: Sequence[tuple[str, str]]) -> Rows:
    """Return rows of prompts and answers in their order, as many to a row as have room.

    The number of a document is that of its text, counted from 1 over all rows.

    Raises:
        BadInput: a text is longer than a model reads or writes.
    """
    rows: list[NDArray[np.int32]] = []
    used = LENGTH
    for number, (prompt, answer) in enumerate(texts, 1):
        asked, said = symbols(prompt, answer)
        n = len(asked) + len(said)
        if used + n > LENGTH:
            rows.append(np.zeros((4, LENGTH), np.int32))
            used = 0
        part = rows[-1][:, used : used + n]
        part[0], part[1], part[2] = asked + said, places(len(asked), len(said)), number
        part[3, len(asked) - 1 : n - 1] = 1
        used += n
    return Rows(*np.stack(rows, axis=1)) if rows else Rows(*np.zeros((4, 0, LENGTH), np.int32))
