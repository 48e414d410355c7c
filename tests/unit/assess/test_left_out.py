"""Models that nothing is learnt from keep their results: they can be forecast, opened, never the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.assess.studies import Model, make, of, planted, sized, take_in

from tasklaws.assess.forecast import predict
from tasklaws.assess.opening import open_forecast
from tasklaws.assess.selection import select
from tasklaws.core.errors import NoAnswer

if TYPE_CHECKING:
    from pathlib import Path

TOKENS = 1e9


def finished(count: int) -> list[Model]:
    return sized(count, n_tokens=TOKENS)


def checkpoint(of_model: Model, step: int) -> Model:
    said = {**of_model.said, "n_tokens": TOKENS * step / 1000, "step": step, "replicate": "long"}
    if not step:
        del said["n_tokens"]
    return Model(f"{of_model.name}@{step}", said)


def test_an_early_checkpoint_is_forecast_and_opened_though_nothing_is_learnt_from_it(tmp_path: Path) -> None:
    models = finished(6)
    run = [checkpoint(models[-1], step) for step in (100, 1000)]
    ladder = [*models, *run]
    cells = planted(ladder)
    study = make(tmp_path, of(cells, *(model.name for model in models)), ladder, axis="flops")
    sealed = predict(study, "m5@100", seal=True)
    take_in(tmp_path, of(cells, "m5@100", "m5@1000"), study)
    chosen = select(study)
    assert chosen.left_out == {"m5@100"}
    assert "m5@100" not in [rung.model for rung in chosen.evaluated("demo")]
    opened = open_forecast(study)
    assert opened.sha256 == sealed.sha256
    assert opened.table.height == len(chosen.task_table())


def test_a_model_with_results_is_never_the_next_though_it_has_no_place(tmp_path: Path) -> None:
    models = finished(4)
    untrained = checkpoint(models[0], 0)
    ladder = [*models, untrained]
    study = make(tmp_path, planted(ladder), ladder, axis="flops")
    chosen = select(study)
    assert chosen.left_out == {"m0@0"}
    assert any("m0@0" in note for note in chosen.notes)
    with pytest.raises(NoAnswer, match="no-next-model"):
        predict(study, "next")
