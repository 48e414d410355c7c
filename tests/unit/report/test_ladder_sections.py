"""The sections of a study of the embedded ladder: what was trained, its phenomena, its elicitation."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from tests.unit.report.looked_into import inside

from tasklaws.assess.seed_phenomena import CurvePoint, Measured, Phenomenon, SeedPhenomena, Thresholds
from tasklaws.core.tables import LADDER, validate
from tasklaws.report.blocks import Bullets, Figure, Paragraph, Table
from tasklaws.report.collect import collect
from tasklaws.report.content import ReportInput
from tasklaws.report.page import render
from tasklaws.report.section import SECTIONS
from tasklaws.study.folder import Study

if TYPE_CHECKING:
    from pathlib import Path

WIDTHS, SEEDS = (8, 16, 24), (0, 1)
HOSTILE = "</script><script>alert(1)</script>"


def loss(width: int, seed: int) -> float:
    """Return a made-up loss that falls with width."""
    return 12 / width + 0.05 * seed


def trained() -> dict[str, Any]:
    """Return a made-up record of a corpus and of losses."""
    overlap = {"sums": {"questions": 40, "in_corpus": 0}, "facts": {"questions": 9, "in_corpus": 9}}
    mix = [
        {
            "family": "sums",
            "weight": 3.0,
            "sizes": [1, 2, 2],
            "paths": [["loop", [0.5, 0.5, 0.5]]],
            "seen": False,
        },
        {"family": "facts", "weight": 1.0, "sizes": [1], "paths": [], "seen": True},
    ]
    corpus = {"documents": 900, "tokens": 20_000, "sha256": "ab" * 32, "overlap": overlap, "mix": mix}
    models = {f"d{w}_s{s}": {"loss_nats": loss(w, s)} for w in WIDTHS for s in SEEDS}
    return {"corpus": corpus, "models": models}


def phenomena() -> dict[str, Any]:
    """Return a made-up document of phenomena."""
    share = (Measured("share", 0.5, 0.4, 0.6, 10),)
    said = (
        Phenomenon("one", "Tools are strict", found=True, text="They are.", figures=share),
        Phenomenon("two", "Order matters", found=False, text="It does not."),
        Phenomenon("three", "Seeds differ", None, "This study cannot tell: one seed.", (), "one seed"),
    )
    curves = tuple(
        CurvePoint(
            family, f"d{w}_s{s}", f"d{w}", w**2.0, s, 40, rate, max(0.0, rate - 0.1), rate + 0.1, alike
        )
        for family, rates in {"sums": (0.0, 0.5, 0.9), "facts": (0.3, 0.5, 0.9)}.items()
        for w, rate, alike in zip(WIDTHS, rates, (0.8, 0.9, 1.0), strict=True)
        for s in SEEDS
    )
    rows = (Thresholds("sums", 2, 2, 1, "1: d16, 2: d16", "one step"),)
    return SeedPhenomena(said, curves, rows).document()


def elicitation() -> dict[str, Any]:
    """Return a made-up document of effort curves."""
    rows = [
        {"model": f"d{w}_s{s}", "family": "sums", "effort": f"best_of_n@{at}", "elicitation": "best_of_n",
         "at": at, "n": 20, "score": w / 100 * at / 2}
        for w in WIDTHS for s in SEEDS for at in (1, 2, 4)
    ]  # fmt: skip
    told = {"gap": 0.2, "lower": 0.1, "upper": 0.3, "limit": 0.7, "exponent": 0.5, "pooled": False, "p": 0.4}
    gap = {"model": "d24_s0", "family": "sums", "elicitation": "best_of_n", **told, "reason": None}
    bare = dict.fromkeys(gap) | {"model": "d8_s0", "reason": "no success at any effort"}
    controls = [{"name": "hidden password", "ok": True, "detail": "found by 8 samples"}]
    return {"rows": rows, "gaps": [gap, bare], "controls": controls, "internals": inside()}


def ladder_parts() -> dict[str, Any]:
    """Return the parts of a report that only a study of the embedded ladder has."""
    return {"trained": trained(), "phenomena": phenomena(), "elicitation": elicitation()}


def content(**changed: Any) -> ReportInput:
    """Return a report of a study of the embedded ladder."""
    rungs = [
        {"model": f"d{w}_s{s}", "lineage": "demo", "n_params": w**2.0, "n_tokens": 2e4, "seed": s,
         "loss_nats": loss(w, s)}
        for w in WIDTHS for s in SEEDS
    ]  # fmt: skip
    whole = ReportInput("ladder", validate(pl.DataFrame(rungs), LADDER), **ladder_parts())
    return replace(whole, **changed)


def with_losses(**losses: float | None) -> pl.DataFrame:
    """Return the ladder with some losses changed."""
    ladder = content().ladder
    assert ladder is not None
    changed = [losses.get(model, value) for model, value in ladder.select("model", "loss_nats").iter_rows()]
    return ladder.with_columns(pl.Series("loss_nats", changed, pl.Float64))


def blocks_of(name: str, of: ReportInput) -> dict[type, list[Any]]:
    made: dict[type, list[Any]] = {}
    for block in SECTIONS[name].build(of):
        made.setdefault(type(block), []).append(block)
    return made


@pytest.mark.parametrize("name", ["trained", "phenomena", "elicited"])
def test_other_studies_lack_the_section_and_the_page_says_so(name: str) -> None:
    bare = ReportInput("bare")
    assert SECTIONS[name].build(bare) == ()
    assert SECTIONS[name].needs.encode() in render(bare)


def test_the_title_of_the_losses_says_that_they_fall() -> None:
    (figure,) = blocks_of("trained", content())[Figure]
    assert figure.title.startswith("Held-out loss falls with every step to a larger model")
    assert "0.050 nats apart" in figure.title
    assert len(figure.table.rows) == len(WIDTHS) * len(SEEDS)


def test_a_loss_that_rises_is_named() -> None:
    (figure,) = blocks_of("trained", content(ladder=with_losses(d24_s1=1.9)))[Figure]
    assert "it rose from d16_s1 to d24_s1" in figure.title


def test_models_without_a_loss_are_left_out() -> None:
    none = with_losses(**{f"d{w}_s{s}": None for w in WIDTHS for s in SEEDS})
    made = blocks_of("trained", content(ladder=none))
    assert Figure not in made
    assert "No model has been measured" in made[Paragraph][0].text


def test_losses_stand_beside_each_other_by_seed() -> None:
    table = blocks_of("trained", content())[Table][0]
    assert [field.heading for field in table.fields][-2:] == ["loss, seed 0", "loss, seed 1"]
    assert table.shown[0] == ["d8", "64", "20K", "1.500", "1.550"]


def test_questions_in_the_corpus_are_counted_apart_from_facts() -> None:
    said = blocks_of("trained", content())[Bullets][0].items[0]
    assert said == "0 of 40 questions stand in the corpus; of facts, which can only be recalled, 9 of 9 do."
    seen = copy.deepcopy(trained())
    seen["corpus"]["overlap"]["sums"]["in_corpus"] = 3
    assert blocks_of("trained", content(trained=seen))[Bullets][0].items[0].startswith("3 of 40")


def test_the_mix_gives_shares_of_documents() -> None:
    mix = blocks_of("trained", content())[Table][-1]
    assert [row["share"] for row in mix.rows] == [0.75, 0.25]
    assert mix.shown[0][2:4] == ["1, 2", "loop 50\u00a0%, 50\u00a0%, 50\u00a0%"]


def test_each_phenomenon_is_a_sentence_with_its_finding() -> None:
    made = blocks_of("phenomena", content())
    assert made[Bullets][0].items == (
        "Tools are strict: found. They are.",
        "Order matters: not found. It does not.",
        "Seeds differ: not defined. This study cannot tell: one seed.",
    )
    assert "1 were found in this study, 1 were not, and 1 it cannot tell" in made[Paragraph][0].text


def test_the_figure_has_a_panel_per_family_and_counts_those_that_come_close() -> None:
    (figure,) = blocks_of("phenomena", content())[Figure]
    assert [panel.title for panel in figure.panels] == ["facts", "sums"]
    assert figure.title.startswith("In 1 of 2\u00a0families")
    drawn = [layer["data"]["values"] for layer in figure.panels[1].spec["layer"]]
    means = next(rows for rows in drawn if "q500" in rows[0])
    assert [row["q500"] for row in means if row["lineage"] == "accuracy"] == [0.0, 0.5, 0.9]


def test_what_effort_adds_is_the_title() -> None:
    (figure,) = blocks_of("elicited", content())[Figure]
    assert figure.title == (
        "best_of_n adds most: at effort 4 the mean score of d24 is 48\u00a0%, at 1 it is 12\u00a0%"
    )
    assert [key.text for key in figure.keys] == ["d8", "d16", "d24"]


def test_effort_that_adds_nothing_is_said_to() -> None:
    flat = elicitation()
    flat["rows"] = [{**row, "score": 0.3} for row in flat["rows"]]
    (figure,) = blocks_of("elicited", content(elicitation=flat))[Figure]
    assert figure.title == "No elicitation lifts the mean score of d24"


def test_families_tried_at_some_efforts_only_are_no_part_of_the_mean() -> None:
    more = elicitation()
    more["rows"].append({**more["rows"][0], "family": "short", "score": 1.0})
    assert (
        blocks_of("elicited", content(elicitation=more))[Figure] == blocks_of("elicited", content())[Figure]
    )


def test_a_larger_model_tried_at_fewer_efforts_is_not_in_the_title() -> None:
    fewer = elicitation()
    fewer["rows"] = [row for row in fewer["rows"] if row["model"][:3] != "d24" or row["at"] == 1]
    (figure,) = blocks_of("elicited", content(elicitation=fewer))[Figure]
    assert "the mean score of d16" in figure.title
    assert [key.text for key in figure.keys] == ["d8", "d16"]


def test_gaps_and_controls_are_told() -> None:
    made = blocks_of("elicited", content())
    assert "1: no success at any effort" in made[Paragraph][0].text
    assert len(made[Table][0].rows) == 1
    assert made[Bullets][0].items == ("Control hidden password: passed. found by 8 samples",)
    without = elicitation() | {"controls": []}
    notes = blocks_of("elicited", content(elicitation=without))[Paragraph]
    assert any("No control was run" in note.text for note in notes)


def test_the_page_is_the_same_bytes_twice_and_hostile_names_are_inert() -> None:
    named = copy.deepcopy(ladder_parts())
    named["trained"]["corpus"]["mix"][0]["family"] = HOSTILE
    named["phenomena"]["curves"][0]["family"] = HOSTILE
    named["phenomena"]["phenomena"][0]["text"] = HOSTILE
    named["elicitation"]["rows"] = [{**row, "elicitation": HOSTILE} for row in named["elicitation"]["rows"]]
    named["elicitation"]["controls"][0]["name"] = HOSTILE
    page = render(content(**named))
    assert page == render(content(**copy.deepcopy(named)))
    assert b"<script>alert(1)" not in page


def test_a_study_with_a_corpus_is_collected(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "study.toml").write_text('name = "made up"\n')
    (tmp_path / "ladder.toml").write_text('[[rung]]\nmodel = "d8_s0"\nlineage = "demo"\nn_params = 64.0\n')
    (tmp_path / "models" / "corpus.json").write_text('{"mix": []}')
    (tmp_path / "models" / "d8_s0.json").write_text('{"loss_nats": 1.5}')
    (tmp_path / "models" / "stranger.json").write_text("{}")
    found = collect(Study(tmp_path))
    assert found.trained == {"corpus": {"mix": []}, "models": {"d8_s0": {"loss_nats": 1.5}}}
    assert (found.phenomena, found.elicitation) == (None, None)
