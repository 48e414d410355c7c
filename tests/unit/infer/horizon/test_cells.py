from __future__ import annotations

import numpy as np
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.infer.horizon.cells import HorizonCells, weights

FAMILY = np.array([0, 0, 0, 1])
N = np.array([[2.0, 4.0, 0.0, 1.0], [1.0, 0.0, 0.0, 5.0], [0.0, 0.0, 0.0, 0.0]])


def test_tasks_weigh_one_over_the_root_of_the_tasks_asked_in_their_family() -> None:
    # the first agent was asked two tasks of the first family and one of the second
    shares = np.array([1 / np.sqrt(2), 1 / np.sqrt(2), 0, 1])
    expected = shares / shares.sum() / np.array([2, 4, 1, 1])
    assert weights(N, FAMILY, "invsqrt_family")[0] == pytest.approx(expected)


def test_tasks_or_runs_weigh_alike() -> None:
    assert weights(N, FAMILY, "equal_task")[0] == pytest.approx([1 / 6, 1 / 12, 0, 1 / 3])
    assert weights(N, FAMILY, "equal_run")[0] == pytest.approx([1 / 7, 1 / 7, 0, 1 / 7])


@pytest.mark.parametrize("scheme", ["invsqrt_family", "equal_task", "equal_run"])
def test_the_attempts_of_an_agent_weigh_one_together(scheme: str) -> None:
    assert (weights(N, FAMILY, scheme) * N).sum(1) == pytest.approx([1, 1, 0])


def cells(**other: object) -> HorizonCells:
    told = {"k": np.zeros((1, 2)), "n": np.ones((1, 2)), "weight": np.ones((1, 2)), "doublings": np.zeros(2)}
    return HorizonCells(("a",), ("first", "second"), np.array([0, 1]), **(told | other))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("k", np.array([[0.0, 1.5]])),
        ("k", np.array([[0.0, np.nan]])),
        ("k", np.array([[0.0, -1.0]])),
        ("n", np.array([[0.0, np.inf]])),
        ("weight", np.array([[0.0, -1.0]])),
        ("doublings", np.array([0.0, -np.inf])),
    ],
)
def test_numbers_that_cannot_be_are_refused_with_their_place(name: str, value: object) -> None:
    with pytest.raises(BadInput, match=rf"^{name} is .*second"):
        cells(**{name: value})


def test_other_shapes_are_refused() -> None:
    with pytest.raises(BadInput, match=r"k has shape \(2, 1\)"):
        cells(k=np.zeros((2, 1)))
