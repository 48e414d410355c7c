from __future__ import annotations

import json

import numpy as np
import pytest

from tasklaws.assess.sealed import (
    DIGITS,
    DRAWS,
    POINTS,
    decode,
    encode,
    read_sealed,
    sealed_bytes,
    thinned,
)
from tasklaws.core.errors import BadInput, VerificationFailed
from tasklaws.infer.arrays import RateForecast


def forecast(*, joint: bool = True) -> RateForecast:
    rng = np.random.default_rng(0)
    points = rng.beta(4, 6, (1, 3, 250))
    points[0, 2] = np.nan
    weights = rng.dirichlet(np.ones(250), (1, 3))
    draws = rng.random((1, 600, 3))
    draws[..., 2] = np.nan
    return RateForecast(points, weights, np.array([1.0, 0.5, 1 / 3]), draws if joint else None, uniform=0.01)


def test_thinning_keeps_the_distribution() -> None:
    whole, thin = forecast(), thinned(forecast())
    assert thin.points.shape == (1, 3, POINTS)
    assert thin.joint is not None
    assert thin.joint.shape == (1, DRAWS, 3)
    for t in range(2):
        mean = (whole.points[0, t] * whole.weights[0, t]).sum()
        assert thin.points[0, t].mean() == pytest.approx(mean, abs=2e-3)
        order = np.argsort(whole.points[0, t])
        median = whole.points[0, t][order][np.searchsorted(np.cumsum(whole.weights[0, t][order]), 0.5)]
        assert thin.points[0, t][POINTS // 2] == pytest.approx(median, abs=5e-3)
        assert (np.diff(thin.points[0, t]) >= 0).all()
    np.testing.assert_array_equal(thin.points, np.round(thin.points, DIGITS))


def test_what_has_no_forecast_stays_without() -> None:
    thin = thinned(forecast())
    assert np.isnan(thin.points[0, 2]).all()
    coded = encode(thin)
    assert coded["points"][2] is None
    assert {draw[2] for draw in coded["joint"]} == {None}


@pytest.mark.parametrize("joint", [True, False])
def test_a_forecast_comes_back_from_its_bytes(*, joint: bool) -> None:
    thin = thinned(forecast(joint=joint))
    content = sealed_bytes({"forecasters": {"law": encode(thin)}, "tasks": []})
    back = read_sealed(content, "x").forecasters()["law"]
    assert isinstance(back, RateForecast)
    np.testing.assert_array_equal(back.points, thin.points)
    np.testing.assert_array_equal(back.noise, thin.noise)
    assert back.uniform == thin.uniform
    assert (back.joint is None) is not joint
    if back.joint is not None and thin.joint is not None:
        np.testing.assert_array_equal(back.joint, thin.joint)
    np.testing.assert_allclose(back.weights.sum(axis=2), 1)


def test_a_refusal_comes_back_as_its_reason() -> None:
    assert decode(encode("ladder-too-short")) == "ladder-too-short"


def test_bytes_are_canonical_and_name_what_they_are() -> None:
    one, two = sealed_bytes({"b": 1.0, "a": "é"}), sealed_bytes({"a": "é", "b": 1.0})
    assert one == two == '{"a":"é","b":1,"kind":"tasklaws-forecast","schema_version":1}'.encode()


def test_what_has_no_canonical_json_is_refused() -> None:
    with pytest.raises(BadInput):
        sealed_bytes({"mean": float("nan")})


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b'{"kind":"other"}', b"[" * 100_000])
def test_other_bytes_are_no_sealed_forecast(content: bytes) -> None:
    with pytest.raises(VerificationFailed, match=r"odd\.json: its bytes are no sealed forecast"):
        read_sealed(content, "odd.json")


def test_tasks_without_a_position_have_no_points() -> None:
    tasks = [
        {"task_id": "a", "family": "f", "position": 0},
        {"task_id": "b", "family": "g", "position": None},
    ]
    sealed = read_sealed(json.dumps({"kind": "tasklaws-forecast", "tasks": tasks}).encode(), "x")
    assert sealed.task_ids == ("a",)
    assert sealed.families == ("f",)
