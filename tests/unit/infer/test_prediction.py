"""Joint prediction against the dense model's posterior."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.infer.made_up import dense

from tasklaws.infer.prediction import predict


@pytest.mark.parametrize("seed", range(40))
def test_predict_mean_equals_the_dense_posterior(seed: int) -> None:
    model = dense(seed)
    mean, *_ = predict(*model.arguments, *model.new_arguments)
    expected, _ = model.posterior()
    np.testing.assert_allclose(mean, expected[:, model.old :].T, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("seed", range(40))
def test_predict_covariance_of_all_tasks_equals_the_dense_posterior(seed: int) -> None:
    model = dense(seed)
    _, own, loadings, suite, transfer, extra = predict(*model.arguments, *model.new_arguments)
    _, after = model.posterior()
    family = model.family
    shared = transfer[:, None] @ suite @ np.swapaxes(transfer, 1, 2)
    shared[np.arange(len(extra)), np.arange(len(extra))] += extra
    between = shared[family[:, None], family[None, :]]
    for s in range(model.new):
        found = np.einsum("ti,tuij,uj->tu", loadings[s], between, loadings[s]) + np.diag(own[s])
        rung = model.old + s
        np.testing.assert_allclose(found, after[:, rung, :, rung], rtol=1e-5, atol=1e-5)
