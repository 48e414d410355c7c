"""Results of lm-evaluation-harness become cells with a known n, samples become attempts, groups nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from tasklaws.core.errors import BadInput
from tasklaws.importers._lm_eval_asked import arguments
from tasklaws.importers._lm_eval_results import n_of
from tasklaws.run.imports import import_runs, read_results
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

    from tasklaws.spec.importer import Imported

DATE = "2025-01-02T03-04-05.678901"


def stderr(p: float, n: int) -> float:
    return float((p * (1 - p) / (n - 1)) ** 0.5)


def old(path: Path, results: dict[str, Any], args: str = "pretrained=org/m", **config: Any) -> Path:
    said = {"model": "hf", "model_args": args, "num_fewshot": 5, "limit": None, **config}
    path.write_text(json.dumps({"results": results, "versions": dict.fromkeys(results, 0), "config": said}))
    return path


def new(path: Path, results: dict[str, Any], n: dict[str, int] | None = None, **more: Any) -> Path:
    sizes = {task: {"original": 999, "effective": size} for task, size in (n or {}).items()}
    said = {"results": results, "n-samples": sizes, "model_name": "org/m", "config": {}, **more}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(said))
    return path


def samples(folder: Path, task: str, *lines: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"samples_{task}_{DATE}.jsonl"
    path.write_text("".join(json.dumps({"doc_id": i, **line}) + "\n" for i, line in enumerate(lines)))
    return path


def cells(*paths: Path, **options: Any) -> dict[tuple[str, str, str], tuple[int, float]]:
    found = read_results("lm_eval", list(paths), **options).cells
    assert found is not None
    return {
        (m, t, x): (n, k) for m, t, x, n, k in found.select("model", "task_id", "metric", "n", "k").rows()
    }


def aside(found: Imported) -> list[str]:
    return [one.reason for one in found.quarantined]


def test_n_of_the_old_format_follows_from_the_standard_error(tmp_path: Path) -> None:
    values = {"acc": 0.6, "acc_stderr": stderr(0.6, 25), "acc_norm": 1.0, "acc_norm_stderr": 0.0}
    found = cells(old(tmp_path / "r.json", {"piqa": values}))
    assert found == {("org/m", "piqa", "acc"): (25, 15.0), ("org/m", "piqa", "acc_norm"): (25, 25.0)}


@pytest.mark.parametrize(("k", "n"), [(1, 2), (3, 10), (1171, 1172), (5000, 10042), (1, 14042)])
def test_n_is_found_exactly(k: int, n: int) -> None:
    assert n_of(k / n, stderr(k / n, n)) == n


@pytest.mark.parametrize("said", ["N/A", None, 0.0, True, float("nan"), 0.01234567])
def test_what_is_no_standard_error_of_a_share_tells_no_n(said: object) -> None:
    assert n_of(0.6, said) is None


def test_a_metric_that_fewer_items_were_scored_on_has_its_own_n(tmp_path: Path) -> None:
    # The file states the largest n of a task's metrics, whichever had fewer.
    values = {
        "acc,none": 0.6, "acc_stderr,none": stderr(0.6, 10),
        "exact_match,none": 0.5, "exact_match_stderr,none": stderr(0.5, 20),
    }  # fmt: skip
    found = cells(new(tmp_path / "r.json", {"t": values}, {"t": 20}))
    assert found == {("org/m", "t", "acc"): (10, 6.0), ("org/m", "t", "exact_match"): (20, 10.0)}


def test_n_of_a_mean_of_graded_scores_is_not_taken_from_its_standard_error(tmp_path: Path) -> None:
    # Scores of 0.5 spread less than 0s and 1s do: p (1 - p) / se^2 + 1 would be far too large.
    found = read_results(
        "lm_eval",
        old(
            tmp_path / "r.json",
            {"tqa": {"mc2": 0.43, "mc2_stderr": 0.0123, "mc1": 0.25, "mc1_stderr": stderr(0.25, 40)}},
        ),
    )
    assert found.cells is not None
    assert found.cells.select("metric", "n", "k").rows() == [("mc2", 40, 0.43 * 40), ("mc1", 40, 10.0)]


def test_n_may_come_from_the_same_task_in_another_file_where_all_agree(tmp_path: Path) -> None:
    sure = {"t": {"acc": 0.5, "acc_stderr": stderr(0.5, 10)}}
    unsure = {"t": {"acc": 1.0, "acc_stderr": 0.0}}
    paths = [old(tmp_path / "a.json", sure), old(tmp_path / "b.json", unsure, "pretrained=org/large")]
    assert cells(*paths)["org/large", "t", "acc"] == (10, 10.0)
    other = old(tmp_path / "c.json", {"t": {"acc": 0.5, "acc_stderr": stderr(0.5, 20)}}, "pretrained=org/x")
    found = read_results("lm_eval", [*paths, other])
    assert aside(found) == ["t, acc: n is not known"]


def test_the_new_format_states_n_filters_shots_versions_and_groups(tmp_path: Path) -> None:
    results = {
        "mmlu": {"acc,none": 0.3, "acc_stderr,none": 0.01, "alias": "mmlu"},
        "mmlu_a": {"acc,none": 0.25, "acc_stderr,none": "N/A", "alias": " - a"},
        "gsm8k": {"exact_match,strict-match": 0.1, "exact_match,flexible-extract": 0.3, "alias": "gsm8k"},
    }
    more = {
        "group_subtasks": {"mmlu": ["mmlu_a"], "gsm8k": []},
        "groups": {"mmlu": results["mmlu"]},
        "n-shot": {"mmlu_a": 5, "gsm8k": 8},
        "versions": {"mmlu": 2, "mmlu_a": 1.0},
    }
    found = read_results("lm_eval", new(tmp_path / "r.json", results, {"mmlu_a": 20, "gsm8k": 20}, **more))
    assert found.cells is not None
    assert found.tasks is not None
    rows = found.cells.select("task_family", "task_id", "metric", "elicitation", "n", "k").rows()
    assert rows == [
        ("mmlu", "mmlu_a", "acc", "5-shot", 20, 5.0),
        ("gsm8k", "gsm8k", "exact_match,strict-match", "8-shot", 20, 2.0),
        ("gsm8k", "gsm8k", "exact_match,flexible-extract", "8-shot", 20, 6.0),
    ]
    assert any("1 groups" in note for note in found.warnings)
    assert found.tasks["floor"].null_count() == found.tasks.height
    assert found.tasks.filter(pl.col("task_id") == "mmlu_a")["version"].to_list() == ["1.0"]


@pytest.mark.parametrize(
    "told",
    [
        {"group_subtasks": {"blimp": ["blimp_a"], "blimp_a": []}},
        {"groups": {"blimp": {"acc,none": 0.8}}},
        {"versions": {"blimp": "N/A", "-blimp_a": 1.0}},
    ],
)
def test_a_group_is_told_by_its_parts_its_place_or_its_version(tmp_path: Path, told: dict[str, Any]) -> None:
    # The first files of the new format mark depth by a dash before the name.
    results = {"blimp": {"acc,none": 0.75}, "-blimp_a": {"acc,none": 0.75}}
    path = new(tmp_path / "r.json", results, {"blimp": 8, "blimp_a": 8}, **told)
    assert cells(path) == {("org/m", "blimp_a", "acc"): (8, 6.0)}


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"word_perplexity,none": 31.5}, "31.5 is no mean of scores"),
        ({"bits_per_byte,none": 0.93}, "0.93 is no mean of scores"),
        ({"acc,none": "N/A"}, "'N/A' is no number"),
        ({"acc,none": float("nan")}, "nan is no number"),
        ({"exact_match,none": 63.2}, "63.2 does not lie between 0 and 1"),
        ({"f1,none": 0.5}, "0.5 is no mean of scores"),
    ],
)
def test_what_is_no_share_is_set_aside_with_its_reason(
    tmp_path: Path, values: dict[str, Any], why: str
) -> None:
    path = new(tmp_path / "r.json", {"t": values, "u": {"acc,none": 0.5}}, {"t": 4, "u": 4})
    found = read_results("lm_eval", path)
    assert found.rows == 1
    assert len(aside(found)) == 1
    assert why in aside(found)[0]


def test_a_metric_that_no_list_knows_counts_where_the_file_says_how_it_is_made(tmp_path: Path) -> None:
    listed = [{"metric": "brier", "aggregation": "mean", "higher_is_better": False}]
    path = new(
        tmp_path / "r.json", {"t": {"brier,none": 0.25}}, {"t": 4}, configs={"t": {"metric_list": listed}}
    )
    found = read_results("lm_eval", path)
    assert found.tasks is not None
    assert found.tasks.select("metric", "direction").rows() == [("brier", "lower")]
    silent = new(tmp_path / "s.json", {"t": {"brier,none": 0.25}, "u": {"acc,none": 0.5}}, {"t": 4, "u": 4})
    assert "no mean" in aside(read_results("lm_eval", silent))[0]


@pytest.mark.parametrize(
    ("args", "more", "model"),
    [
        ("pretrained=org/m,dtype=float16", {}, "org/m"),
        ("pretrained=base,peft=tuned", {}, "tuned"),
        ({"pretrained": "org/m"}, {}, "org/m"),
        ("pretrained=org/m,revision=main", {}, "org/m"),
        ("pretrained=org/m,revision=v2", {}, "org/m@v2"),
        ("pretrained=org/m", {"model_name": "named"}, "named"),
    ],
)
def test_the_model_is_the_one_that_was_asked(
    tmp_path: Path, args: Any, more: dict[str, Any], model: str
) -> None:
    said = {
        "results": {"t": {"acc": 0.5, "acc_stderr": stderr(0.5, 10)}},
        "config": {"model_args": args},
        **more,
    }
    path = tmp_path / "r.json"
    path.write_text(json.dumps(said))
    assert [name for name, *_ in cells(path)] == [model]


def test_a_model_without_a_name_is_called_after_its_file_or_refused(tmp_path: Path) -> None:
    results = {"t": {"acc": 0.5, "acc_stderr": stderr(0.5, 10)}}
    path = old(tmp_path / "pythia-70m-0shot-global_step9_eval_results_1.json", results, "", model="neox")
    assert [name for name, *_ in cells(path)] == ["pythia-70m"]
    assert any("after the file" in note for note in read_results("lm_eval", path).warnings)
    with pytest.raises(BadInput, match="the model has no name"):
        read_results("lm_eval", old(tmp_path / "r.json", results, ""))


def test_of_a_models_steps_the_last_is_taken_or_each_as_a_model(tmp_path: Path) -> None:
    paths = [
        old(
            tmp_path / f"{step}.json",
            {"t": {"acc": p, "acc_stderr": stderr(p, 10)}},
            f"pretrained=m,revision=step{step}",
        )
        for step, p in ((9, 0.2), (10, 0.5))
    ]
    assert cells(*paths) == {("m", "t", "acc"): (10, 5.0)}
    assert cells(*paths, steps="all") == {("m@9", "t", "acc"): (10, 2.0), ("m@10", "t", "acc"): (10, 5.0)}


def test_limits_and_what_stands_round_a_question_are_the_harness(tmp_path: Path) -> None:
    more = {
        "config": {"limit": 20.0, "gen_kwargs": {"temperature": 0.5}},
        "chat_template": "{{x}}", "chat_template_sha": "abcdef0123", "fewshot_as_multiturn": True,
    }  # fmt: skip
    found = read_results("lm_eval", new(tmp_path / "r.json", {"t": {"acc,none": 0.5}}, {"t": 20}, **more))
    assert found.cells is not None
    assert found.cells["harness_id"].to_list() == [
        "limit=20,chat_template=abcdef01,multiturn,temperature=0.5"
    ]
    assert any("limit = 20" in note for note in found.warnings)


def test_samples_are_attempts_and_go_before_their_mean(tmp_path: Path) -> None:
    folder = tmp_path / "org__m"
    new(folder / f"results_{DATE}.json", {"t": {"acc,none": 0.5}, "u": {"acc,none": 0.25}}, {"t": 2, "u": 4})
    samples(folder, "t", {"acc": 1.0, "acc_norm": 0.0, "doc": {"x": 1}}, {"acc": 0.0, "acc_norm": 1.0})
    found = read_results("lm_eval", tmp_path)
    assert found.runs is not None
    assert found.cells is not None
    assert found.runs.select("model", "task_id", "instance_id", "epoch", "metric", "score").rows() == [
        ("org/m", "t", "0", 0, "acc", 1.0), ("org/m", "t", "0", 0, "acc_norm", 0.0),
        ("org/m", "t", "1", 0, "acc", 0.0), ("org/m", "t", "1", 0, "acc_norm", 1.0),
    ]  # fmt: skip
    assert found.cells["task_id"].to_list() == ["u"]
    assert "1 means were left out: their samples are there" in found.warnings
    import_runs("lm_eval", tmp_path, tmp_path / "study")
    assert Study(tmp_path / "study").cells().select("task_id", "metric", "n", "k").rows() == [
        ("t", "acc", 2, 1.0), ("t", "acc_norm", 2, 1.0), ("u", "acc", 4, 1.0),
    ]  # fmt: skip


def test_a_mean_that_its_samples_contradict_is_told(tmp_path: Path) -> None:
    new(tmp_path / f"results_{DATE}.json", {"t": {"acc,none": 0.75}}, {"t": 2})
    samples(tmp_path, "t", {"acc": 1.0}, {"acc": 0.0})
    assert "1 of them differ from the mean of their samples" in read_results("lm_eval", tmp_path).warnings


def test_filters_and_repeats_of_an_item_are_told_apart(tmp_path: Path) -> None:
    rows = [
        {"doc_id": 0, "filter": "strict", "metrics": ["exact_match"], "exact_match": 1.0},
        {"doc_id": 0, "filter": "loose", "metrics": ["exact_match"], "exact_match": 0.0},
        {"doc_id": 0, "filter": "strict", "metrics": ["exact_match"], "exact_match": 0.0},
    ]
    found = read_results("lm_eval", samples(tmp_path / "org__m", "t", *rows))
    assert found.runs is not None
    assert found.runs.select("metric", "epoch", "score").rows() == [
        ("exact_match,strict", 0, 1.0), ("exact_match,loose", 0, 0.0), ("exact_match,strict", 1, 0.0),
    ]  # fmt: skip
    assert found.runs["model"].unique().to_list() == ["org/m"]
    assert any("after its folder" in note for note in found.warnings)


def test_samples_that_are_no_scores_are_set_aside(tmp_path: Path) -> None:
    found = read_results("lm_eval", samples(tmp_path, "t", {"acc": 1.0, "ppl": [1, 2]}, {"acc": 3.5}))
    assert found.rows == 1
    assert aside(found) == ["acc of item 1 is 3.5, no score from 0 to 1"]
    assert any("ppl holds no numbers" in note for note in found.warnings)


def test_integers_of_any_length_in_a_question_and_a_torn_end_do_no_harm(tmp_path: Path) -> None:
    path = samples(tmp_path, "t", {"acc": 1.0, "doc": {"sum": 10**30}})
    path.write_text(path.read_text() + '{"doc_id": 1, "ac')
    found = read_results("lm_eval", path)
    assert found.rows == 1
    assert any("torn" in note for note in found.warnings)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "row 2: not JSON"),
        ("[1]", "row 2: '[1]' is not an object"),
        ("[" * 100_000, "row 2: n"),
        ("{}", "row 2: 'doc_id'"),
    ],
)
def test_a_line_that_is_no_sample_is_refused_by_number(tmp_path: Path, line: str, says: str) -> None:
    path = samples(tmp_path, "t", {"acc": 1.0})
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(BadInput) as refused:
        read_results("lm_eval", path)
    assert says in str(refused.value)


def test_of_two_runs_of_one_cell_the_later_counts(tmp_path: Path) -> None:
    late = new(tmp_path / "a.json", {"t": {"acc,none": 0.5}}, {"t": 4}, date=2.0)
    early = new(tmp_path / "b.json", {"t": {"acc,none": 0.25}}, {"t": 4}, date=1.0)
    assert cells(late, early) == {("org/m", "t", "acc"): (4, 2.0)}
    assert (
        "1 cells stand in several files: the latest counts" in read_results("lm_eval", [late, early]).warnings
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"results": ', "not JSON"),
        ('{"eval": {}}', "no object 'results'"),
        ('{"results": {"t": {"acc,none": 0.5}}, "model_name": "m"}', "no share of successes with its n"),
        ('{"results": {"t": {"ppl": 3.1}}, "model_name": "m"}', "no share of successes with its n"),
    ],
)
def test_what_cannot_be_used_is_refused_by_name(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "odd.json").write_text(content)
    with pytest.raises(BadInput, match=r"odd\.json") as refused:
        import_runs("lm_eval", tmp_path / "odd.json", tmp_path / "study")
    assert says in str(refused.value)
    assert not (tmp_path / "study").exists()


def test_arguments_are_read_from_a_line_or_an_object() -> None:
    assert arguments("a=1,b = x=y,c") == {"a": "1", "b": "x=y"}
    assert arguments({"a": 1}) == {"a": 1}
    assert arguments(None) == {}
