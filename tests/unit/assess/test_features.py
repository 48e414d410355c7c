from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tasklaws.assess.features import DAYS_PER_YEAR, LOSS_DECADES, choose_features, places
from tasklaws.core.errors import BadLadder
from tasklaws.spec.ladder import Rung

if TYPE_CHECKING:
    from collections.abc import Sequence

PARAMS = (1e7, 3e7, 1e8, 3e8, 1e9)
UNEVEN = (20.0, 5.0, 80.0, 10.0, 40.0)
"""Tokens per parameter that follow no line in compute."""


def rungs(tokens: Sequence[float] = UNEVEN, **more: object) -> list[Rung]:
    return [
        Rung(f"m{i}", n_params=n, n_tokens=r * n, flops=6 * n * n * r, loss_nats=4 - 0.3 * i, **more)  # type: ignore[arg-type]
        for i, (n, r) in enumerate(zip(PARAMS, tokens, strict=True))
    ]


def names(axis: str, members: Sequence[Rung]) -> list[str]:
    return [feature.name for feature in choose_features(axis, members)]


def test_compute_goes_with_tokens_per_parameter() -> None:
    members = rungs()
    assert names("flops", members) == ["log10 flops", "log10 tokens per parameter"]
    x = places(choose_features("flops", members), members)
    assert x.shape == (5, 2)
    np.testing.assert_allclose(x[:, 0], np.log10([r.flops or 0 for r in members]))
    np.testing.assert_allclose(x[:, 1], np.log10(UNEVEN))


@pytest.mark.parametrize("tokens", [(20.0,) * 5, PARAMS], ids=["same ratio", "ratio follows size"])
def test_a_second_feature_that_says_nothing_new_is_dropped(tokens: Sequence[float]) -> None:
    assert names("flops", rungs(tokens)) == ["log10 flops"]


def test_a_second_feature_needs_more_rungs_than_unknowns() -> None:
    assert names("flops", rungs()[:2]) == ["log10 flops"]
    assert names("flops", rungs()[:3]) == ["log10 flops", "log10 tokens per parameter"]


def test_a_second_feature_that_one_rung_lacks_is_dropped() -> None:
    members = rungs()
    members[2] = Rung("m2", flops=1e18)
    assert names("flops", members) == ["log10 flops"]


def test_parameters_alone_are_one_feature() -> None:
    assert names("n_params", rungs()) == ["log10 n_params"]


def test_a_loss_falls_as_the_ladder_rises() -> None:
    members = rungs()
    features = choose_features("loss_nats", members)
    main = places(features, members)[:, 0]
    assert features[0].name == f"-{LOSS_DECADES:g} log10 loss_nats"
    assert (np.diff(main) > 0).all()
    np.testing.assert_allclose(main, [-LOSS_DECADES * np.log10(4 - 0.3 * i) for i in range(5)])
    assert "flops" not in "".join(feature.name for feature in features)


def test_releases_are_years() -> None:
    members = [Rung(f"m{i}", released=date(2020 + i, 1, 1), n_params=10.0**i) for i in range(4)]
    features = choose_features("released", members)
    assert [(f.name, f.unit) for f in features] == [("released", "years")]
    np.testing.assert_allclose(
        np.diff(places(features, members)[:, 0]), np.array([366, 365, 365]) / DAYS_PER_YEAR
    )


def test_a_missing_place_is_refused_with_the_axes_that_would_do() -> None:
    members = [*rungs(), Rung("odd", n_params=1e10, n_tokens=1e12)]
    with pytest.raises(BadLadder, match=r"model 'odd' has no 'flops'.*there are: n_params, n_tokens\)"):
        names("flops", members)
    with pytest.raises(BadLadder, match=r"there are: none that all rungs have"):
        names("flops", [Rung("a", flops=1e18), Rung("b", n_params=1e9)])


def test_a_missing_release_date_is_refused_too() -> None:
    with pytest.raises(BadLadder, match="model 'b' has no 'released'"):
        names("released", [Rung("a", released=date(2020, 1, 1)), Rung("b")])
