"""Sealing, opening and the track record, and that nothing altered in between goes unseen."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import rfc8785
from scipy.special import gammaln, logsumexp
from tests.unit.assess.studies import (
    Cells,
    Model,
    make,
    of,
    planted,
    sized,
    take_in,
    tree,
)

from tasklaws.assess.forecast import predict
from tasklaws.assess.opening import open_forecast
from tasklaws.assess.sealing import file_stem
from tasklaws.assess.track_record import forecasts
from tasklaws.cli.main import main
from tasklaws.core.errors import NoAnswer, UnknownName, VerificationFailed
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def file_of(study: Path) -> Path:
    (path,) = (study / "forecasts").iterdir()
    return path


def exit_code(capsys: pytest.CaptureFixture[str], *arguments: str) -> int:
    code = main([*arguments, "--quiet"])
    capsys.readouterr()
    return code


def test_a_seal_is_canonical_bytes_named_by_their_hash_and_chained(base: Path) -> None:
    made = predict(base, "m5", seal=True)
    content = file_of(base).read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    assert made.sha256 == digest
    assert made.path == f"forecasts/m5-{digest[:8]}.json" == f"forecasts/{file_of(base).name}"
    entry = Study(base).log.entries()[-1]
    assert entry.kind == "seal"
    assert entry.payload["sha256"] == digest
    assert entry.payload["target"] == "m5"
    document = json.loads(content)
    assert document["target"] == "m5"
    assert document["sealed_at"] == entry.at
    assert content == rfc8785.dumps(document)


def test_a_sealed_file_tells_what_it_stands_on(sealed: Path) -> None:
    document = json.loads(file_of(sealed).read_bytes())
    study = Study(sealed)
    assert document["data_hash"] == study.data_hash()
    assert document["log_head"] == study.log.entries()[-2].hash
    assert document["trained_on"] == ["m0", "m1", "m2", "m3", "m4"]
    assert document["cutoff"] == "m4"
    assert document["label"] == "forecast"
    assert document["code_version"]
    assert document["scoring_rule"]["headline"].startswith("crps")
    assert {"law", "b0_climatology", "b1_persistence", "b10_shrunken_persistence"} <= set(
        document["forecasters"]
    )
    assert [task["position"] for task in document["tasks"]] == list(range(7))


def test_a_sealed_file_states_what_its_own_points_say(sealed: Path) -> None:
    document = json.loads(file_of(sealed).read_bytes())
    law = document["forecasters"]["law"]
    for task in document["tasks"]:
        points = np.array(law["points"][task["position"]])
        assert task["mean"] == pytest.approx(points.mean(), abs=0.01)
        assert (task["quantiles"]["0.05"] < task["mean"]) & (task["mean"] < task["quantiles"]["0.95"])
    draws = np.array(law["joint"])
    assert document["aggregate"]["mean"] == pytest.approx(draws.mean(), abs=0.005)


def test_open_before_the_results_says_no_and_writes_nothing(sealed: Path, capsys: Any) -> None:
    before = tree(sealed)
    with pytest.raises(NoAnswer, match=r"no-results-yet.*'m5'"):
        open_forecast(sealed)
    assert exit_code(capsys, "open", str(sealed)) == 4
    assert tree(sealed) == before


def _log_pmf(n: int, p: np.ndarray[Any, Any], phi: float) -> np.ndarray[Any, Any]:
    """Return log P(k) given each p as the sealed rule words it, of shape (points, n + 1)."""
    k = np.arange(n + 1)
    coefficient = gammaln(n / phi + 1) - gammaln(k / phi + 1) - gammaln((n - k) / phi + 1)
    p = np.clip(p, 1e-12, 1 - 1e-12)[:, None]
    density = coefficient + k / phi * np.log(p) + (n - k) / phi * np.log1p(-p)
    return np.asarray(density - logsumexp(density, axis=1, keepdims=True))


def test_scores_equal_those_computed_from_the_file_alone(ready: Path, cells: Cells) -> None:
    document = json.loads(file_of(ready).read_bytes())
    opened = open_forecast(ready)
    for name in ("law", "b1_persistence", "b3_linear_logit"):
        coded = document["forecasters"][name]
        log_score, crps, error = [], [], []
        for task in document["tasks"]:
            won, n = cells["m5", task["family"], task["task_id"]]
            points, phi = np.array(coded["points"][task["position"]]), coded["noise"][task["position"]]
            pmf = np.exp(_log_pmf(n, points, phi)).mean(axis=0)
            share = coded["uniform"]
            log_score.append(np.log((1 - share) * pmf[int(won)] + share / (n + 1)))
            crps.append(100 / n * ((np.cumsum(pmf) - (np.arange(n + 1) >= won)) ** 2).sum())
            error.append(100 / n * abs(np.searchsorted(np.cumsum(pmf), 0.5) - won))
        found = opened.scores[name]
        assert found["log_score"] == pytest.approx(np.mean(log_score), rel=1e-4)
        assert found["crps"] == pytest.approx(np.mean(crps), rel=1e-4)
        assert found["mae"] == pytest.approx(np.mean(error), rel=1e-9)
    law, first = opened.scores["law"], opened.scores["b1_persistence"]
    assert opened.skill()["b1_persistence"] == pytest.approx(1 - law["crps"] / first["crps"])


def test_the_document_of_open_has_the_keys_that_are_promised(ready: Path) -> None:
    document = open_forecast(ready).document()
    promised = {"target", "sha256", "label", "mae", "log_score", "crps", "coverage", "skill", "surprises"}
    assert promised | {"rung_shock"} <= set(document)
    assert set(document["coverage"]) == {"50", "80", "90"}
    assert all(0 <= share <= 1 for share in document["coverage"].values())
    assert document["label"] == "forecast"
    json.dumps(document, allow_nan=False)


def test_a_forecast_may_be_opened_again_and_the_first_opening_counts(ready: Path) -> None:
    first, second = open_forecast(ready), open_forecast(ready, file_of(ready).stem[-8:])
    assert first.document() == second.document()
    kinds = [entry.kind for entry in Study(ready).log.entries()]
    assert kinds == ["import", "seal", "import", "open", "open"]
    (row,) = forecasts(ready).rows
    assert row["opened_at"] == Study(ready).log.entries()[3].at
    with pytest.raises(NoAnswer, match="nothing-to-open: 1 forecasts"):
        open_forecast(ready)


def test_open_without_a_hash_takes_the_latest_unopened(base: Path, cells: Cells, tmp_path: Path) -> None:
    one, two = (str(predict(base, "m5", seal=True).sha256) for _ in range(2))
    assert one != two
    take_in(tmp_path, of(cells, "m5"), base)
    assert open_forecast(base).sha256 == two
    assert open_forecast(base).sha256 == one
    assert [row["opened"] for row in forecasts(base).rows] == [True, True]


def test_a_hash_may_be_short_but_must_tell_one_forecast(ready: Path) -> None:
    digest = Study(ready).log.entries()[1].payload["sha256"]
    assert open_forecast(ready, digest[:6].upper()).sha256 == digest
    for wrong in ("", "zz", digest + "0"):
        with pytest.raises(UnknownName, match="no sealed forecast called"):
            open_forecast(ready, wrong)


def test_a_hash_that_begins_two_forecasts_is_refused(base: Path, cells: Cells, tmp_path: Path) -> None:
    digests: list[str] = []
    while len({digest[0] for digest in digests}) == len(digests):
        digests.append(str(predict(base, "m5", seal=True).sha256))
    take_in(tmp_path, of(cells, "m5"), base)
    with pytest.raises(UnknownName, match="no one sealed forecast"):
        open_forecast(base, digests[-1][0])


def _places(content: bytes, count: int, seed: int) -> list[int]:
    ends = [i for i, byte in enumerate(content) if byte == ord("\n")]
    return sorted({0, len(content) - 1, *ends, *np.random.default_rng(seed).choice(len(content), count)})


@pytest.mark.parametrize(("name", "count"), [("forecasts", 150), ("log.jsonl", 300)])
def test_one_altered_byte_is_found(ready: Path, name: str, count: int) -> None:
    path = file_of(ready) if name == "forecasts" else ready / name
    content, rng = path.read_bytes(), np.random.default_rng(1)
    for place in _places(content, count, 0):
        altered = bytearray(content)
        altered[place] ^= int(rng.integers(1, 256))
        path.write_bytes(altered)
        with pytest.raises(VerificationFailed) as caught:
            open_forecast(ready)
        assert caught.value.exit_code == 3
    path.write_bytes(content)
    assert open_forecast(ready).target == "m5"


@pytest.mark.parametrize("byte", [0x00, 0x0D, 0x20, 0x7D, 0xFF])
def test_the_byte_that_ends_the_log_is_guarded_too(ready: Path, byte: int) -> None:
    log = ready / "log.jsonl"
    log.write_bytes(log.read_bytes()[:-1] + bytes([byte]))
    with pytest.raises(VerificationFailed, match=r"line 3:.*something else than its end"):
        open_forecast(ready)


def _no_file(study: Path) -> None:
    file_of(study).unlink()


def _swapped(study: Path) -> None:
    kept = file_of(study)
    predict(study, "m5", seal=True)
    other = next(path for path in (study / "forecasts").iterdir() if path != kept)
    one, two = kept.read_bytes(), other.read_bytes()
    kept.write_bytes(two)
    other.write_bytes(one)


def _own_hash(study: Path) -> None:
    """Edit the file and give it the name that fits its new bytes."""
    path = file_of(study)
    content = path.read_bytes().replace(b'"label":"forecast"', b'"label":"Forecast"')
    path.unlink()
    (path.parent / f"m5-{hashlib.sha256(content).hexdigest()[:8]}.json").write_bytes(content)


def _drop(number: int) -> Callable[[Path], None]:
    def drop(study: Path) -> None:
        lines = (study / "log.jsonl").read_bytes().splitlines(keepends=True)
        del lines[number]
        (study / "log.jsonl").write_bytes(b"".join(lines))

    return drop


def _cut(study: Path) -> None:
    """Cut the log off before the seal."""
    (study / "log.jsonl").write_bytes((study / "log.jsonl").read_bytes().splitlines(keepends=True)[0])


@pytest.mark.parametrize("tamper", [_no_file, _swapped, _own_hash, _drop(0), _drop(1), _cut])
def test_open_refuses_a_study_that_was_tampered_with(
    ready: Path, tamper: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    tamper(ready)
    before = tree(ready)
    assert exit_code(capsys, "open", str(ready)) == 3
    assert tree(ready) == before


def test_the_track_record_shows_what_is_no_longer_intact(ready: Path) -> None:
    open_forecast(ready)
    predict(ready, "m5", seal=True)
    first, second = forecasts(ready).rows
    assert (first["label"], first["opened"], first["intact"]) == ("forecast", True, True)
    assert (second["label"], second["opened"], second["intact"]) == ("retrodiction", False, True)
    assert first["skill"] == pytest.approx(open_forecast(ready, first["sha256"]).best_baseline()[1])
    path = ready / "forecasts" / f"m5-{first['sha256'][:8]}.json"
    path.write_bytes(path.read_bytes() + b" ")
    assert [row["intact"] for row in forecasts(ready).rows] == [False, True]
    path.unlink()
    assert [row["intact"] for row in forecasts(ready).rows] == [False, True]


def test_the_track_record_has_the_promised_keys(sealed: Path) -> None:
    (row,) = forecasts(sealed).document()["forecasts"]
    assert {"target", "sha256", "label", "sealed_at", "opened", "log_score", "skill"} <= set(row)
    assert row["log_score"] is None


def _with_content(study: Path, task: str, content: str) -> None:
    tasks = pl.read_parquet(study / "tasks.parquet")
    changed = pl.when(pl.col("task_id") == task).then(pl.lit(content)).otherwise("content_hash")
    tasks.with_columns(changed.alias("content_hash")).write_parquet(study / "tasks.parquet")


def test_a_task_that_changed_since_is_left_out_with_a_warning(
    base: Path, cells: Cells, tmp_path: Path
) -> None:
    _with_content(base, "add/0", "a" * 64)
    predict(base, "m5", seal=True)
    take_in(tmp_path, of(cells, "m5"), base)
    whole = open_forecast(base)
    _with_content(base, "add/0", "b" * 64)
    partial = open_forecast(base, whole.sha256)
    assert (whole.table.height, partial.table.height) == (7, 6)
    assert "add/0" not in partial.table["task_id"].to_list()
    assert partial.scores["law"] != whole.scores["law"]
    assert any("'add/0' is not the one that was sealed" in warning for warning in partial.warnings)


def test_results_on_some_tasks_are_scored_with_a_warning(sealed: Path, cells: Cells, tmp_path: Path) -> None:
    some = {key: value for key, value in of(cells, "m5").items() if key[1] == "add"}
    take_in(tmp_path, some, sealed)
    opened = open_forecast(sealed)
    assert opened.table["task_id"].to_list() == ["add/0", "add/1", "add/2", "add/3"]
    assert opened.warnings == ("3 of 7 tasks have no result of 'm5': sort/0, sort/1, sort/2",)


def test_results_on_other_tasks_alone_are_no_answer(sealed: Path, tmp_path: Path) -> None:
    take_in(tmp_path, {("m5", "new", "new/0"): (3.0, 60)}, sealed)
    before = tree(sealed)
    with pytest.raises(NoAnswer, match="nothing-to-score"):
        open_forecast(sealed)
    assert tree(sealed) == before


def test_results_of_another_number_of_attempts_are_scored_as_they_are(
    sealed: Path, cells: Cells, tmp_path: Path
) -> None:
    few = {key: (float(round(k / 6)), n // 6) for key, (k, n) in of(cells, "m5").items()}
    take_in(tmp_path, few, sealed)
    opened = open_forecast(sealed)
    assert opened.table["n"].unique().to_list() == [10]
    assert opened.scores["law"]["log_score"] > np.log(1 / 11)


@pytest.mark.parametrize(
    "name",
    [
        "../../escape",
        "..",
        "a/b\\c:d",
        ".hidden",
        "tab\tand\x1b[31mred",
        "\u202egnp.exe",
        "</script><script>alert(1)</script>",
        "x" * 256,
        "名",
    ],
)
def test_hostile_names_stay_inside_the_folder_of_forecasts(name: str, tmp_path: Path) -> None:
    models = [*sized(4), Model(name, {"lineage": "demo", "n_params": 1e9})]
    study = make(tmp_path, planted(sized(4)), models)
    outside = {path.name for path in tmp_path.iterdir()}
    made = predict(study, name, seal=True)
    path = file_of(study)
    assert f"forecasts/{path.name}" == made.path
    assert path.name.isascii()
    assert path.name.isprintable()
    assert not path.name.startswith(".")
    assert len(path.name) < 100
    assert json.loads(path.read_bytes())["target"] == name
    assert forecasts(study).rows[0]["target"] == name
    assert {one.name for one in tmp_path.iterdir()} == outside
    take_in(tmp_path, {(name, "add", "add/0"): (30.0, 60)}, study)
    assert open_forecast(study).target == name


def test_names_that_differ_only_in_what_is_replaced_get_files_of_their_own() -> None:
    assert file_stem("a/b") == file_stem("a:b") == "a_b"
    assert file_stem("///") == "_"
    assert file_stem("...") == "model"


def test_copying_a_study_keeps_its_seals_valid(ready: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(ready, tmp_path / "elsewhere")
    assert open_forecast(copied).document() == open_forecast(ready).document()
