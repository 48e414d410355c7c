"""What was trained: the models of the embedded ladder, their held-out loss, and what they were taught."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import polars as pl

from tasklaws.report.blocks import Block, Bullets, Field, Figure, Key, Panel, Paragraph, Table
from tasklaws.report.drawing import chart, encoded, layer
from tasklaws.report.multiples import GLYPHS, LINEAGE_COLOURS, parameters_axis
from tasklaws.report.section import Section
from tasklaws.report.text import count, magnitude, percent, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasklaws.report.blocks import Row
    from tasklaws.report.content import Document, ReportInput


def _nats(value: float) -> str:
    return f"{value:.3f}"


_MODELS = (
    Field("model", "model"),
    Field("n_params", "parameters", magnitude),
    Field("n_tokens", "tokens", magnitude),
    Field("seed", "seed"),
    Field("loss_nats", "held-out loss (nats per token)", _nats),
)
_MIX = (
    Field("family", "family"),
    Field("share", "share of documents", percent),
    Field("sizes", "sizes taught"),
    Field("paths", "ways taught"),
    Field("questions", "questions asked"),
    Field("in_corpus", "of them in the corpus"),
)


def _models(content: ReportInput, losses: Document) -> list[dict[str, Any]]:
    """Return the rungs that were trained in this study, smallest first."""
    if content.ladder is None:
        return []
    ladder = content.ladder.filter(pl.col("model").is_in(list(losses)), pl.col("loss_nats").is_not_null())
    return ladder.drop_nulls("n_params").sort("n_params", "seed").to_dicts()


def _mix(corpus: Document) -> list[dict[str, Any]]:
    total = sum(part["weight"] for part in corpus["mix"])
    return [
        {
            "family": part["family"],
            "share": part["weight"] / total,
            "sizes": ", ".join(map(str, sorted(set(part["sizes"])))),
            "paths": "; ".join(_path(name, shares) for name, shares in part["paths"]) or "one",
            **corpus["overlap"].get(part["family"], {}),
        }
        for part in corpus["mix"]
    ]


def _path(name: str, shares: Sequence[float]) -> str:
    return f"{name} {', '.join(percent(share, 0) for share in shares)}"


def _seeds(models: Sequence[Row]) -> dict[str, list[Row]]:
    """Return the models of each seed, smallest first."""
    names = sorted({_seed(row) for row in models}, key=lambda name: (len(name), name))
    return {name: [row for row in models if _seed(row) == name] for name in names}


def _seed(row: Row) -> str:
    return f"seed {row['seed']}"


def _rises(models: Sequence[Row]) -> list[str]:
    """Return each step to a larger model of the same seed at which the loss did not fall."""
    return [
        f"from {visible(one['model'])} to {visible(two['model'])}"
        for rows in _seeds(models).values()
        for one, two in pairwise(rows)
        if two["loss_nats"] >= one["loss_nats"]
    ]


def _fall(models: Sequence[Row]) -> str:
    rises = _rises(models)
    if rises:
        return f"Held-out loss does not always fall with size: it rose {', '.join(rises)}."
    return "Held-out loss falls with every step to a larger model, in every seed."


def _overlap(corpus: Document) -> str:
    """Return how many questions the models had seen; families of facts are seen by design."""
    by_design = {part["family"] for part in corpus["mix"] if part["seen"]}
    new = [row for family, row in corpus["overlap"].items() if family not in by_design]
    seen, asked = (sum(row[key] for row in new) for key in ("in_corpus", "questions"))
    text = f"{seen:,} of {asked:,} questions stand in the corpus"
    known = [corpus["overlap"][family] for family in sorted(by_design) if family in corpus["overlap"]]
    if not known:
        return f"{text}."
    facts = f"{sum(row['in_corpus'] for row in known):,} of {sum(row['questions'] for row in known):,}"
    return f"{text}; of {', '.join(map(visible, sorted(by_design)))}, which can only be recalled, {facts} do."


def _lead(models: Sequence[Row]) -> str:
    sizes = [row["n_params"] for row in models]
    losses = [row["loss_nats"] for row in models]
    tokens = models[0]["n_tokens"]
    each = f" on {magnitude(tokens)} tokens each" if tokens else ""
    return (
        f"{count(len(models), 'model')} of {count(len(set(sizes)), 'size')}, "
        f"{magnitude(min(sizes))} to {magnitude(max(sizes))} parameters, were trained from nothing{each}; "
        f"their held-out loss lies between {_nats(max(losses))} and {_nats(min(losses))} nats per token."
    )


def _figure(models: Sequence[Row]) -> Figure:
    seeds = _seeds(models)
    most = max(_apart(models), default=0.0)
    title = f"{_fall(models).removesuffix('.')}; seeds lie up to {_nats(most)} nats apart"
    keys = zip(seeds, GLYPHS, LINEAGE_COLOURS, strict=False)
    return Figure(
        name="loss",
        title=title,
        caption="One mark per model; a line joins the models of one seed. Documents that no model was "
        "trained on; answer tokens only; families weigh as in the corpus.",
        description=f"Held-out loss against parameters for {count(len(models), 'model')}.",
        panels=(Panel(_drawn(models, list(seeds))),),
        table=Table(_MODELS, tuple(models), "Models that were trained", "models"),
        keys=tuple(Key(glyph, colour, seed) for seed, (_, glyph), colour in keys),
    )


def _by_size(models: Sequence[Row]) -> Table:
    """Return one row per size, with the loss of each seed."""
    seeds = _seeds(models)
    rows = {row["n_params"]: {"n_params": row["n_params"], "n_tokens": row["n_tokens"]} for row in models}
    for seed, own in seeds.items():
        for row in own:
            rows[row["n_params"]].update({seed: row["loss_nats"], "width": _width(row)})
    fields = (
        Field("width", "width"),
        Field("n_params", "parameters", magnitude),
        Field("n_tokens", "tokens", magnitude),
        *(Field(seed, f"loss, {seed}", _nats) for seed in seeds),
    )
    return Table(fields, tuple(rows.values()), "Held-out loss (nats per token) by size", "sizes")


def _width(row: Row) -> str:
    """Return the name of a model without its seed."""
    return str(row["model"]).removesuffix(f"_s{row['seed']}")


def _apart(models: Sequence[Row]) -> list[float]:
    """Return for each size how far the losses of its seeds lie apart."""
    sizes = sorted({row["n_params"] for row in models})
    groups = [[row["loss_nats"] for row in models if row["n_params"] == size] for size in sizes]
    return [max(losses) - min(losses) for losses in groups]


def _drawn(models: Sequence[Row], seeds: Sequence[str]) -> dict[str, Any]:
    sizes = [row["n_params"] for row in models]
    rows = [
        {"model": r["model"], "name": _seed(r), "x": r["n_params"], "loss": r["loss_nats"]} for r in models
    ]
    axis = parameters_axis(sizes, 6)
    y = encoded("loss", axis={"title": "nats per token", "tickCount": 5}, scale={"zero": False})
    shapes = [shape for shape, _ in GLYPHS]
    colour, shape = (
        encoded(
            "name",
            "nominal",
            legend=None,
            scale={"domain": list(seeds), "range": [marks[i % len(marks)] for i in range(len(seeds))]},
        )
        for marks in (LINEAGE_COLOURS, shapes)
    )
    hint = [
        {"field": "model", "type": "nominal"},
        {"field": "loss", "title": "nats per token", "type": "quantitative", "format": ".3f"},
    ]
    place = {"x": axis.channel(), "y": y, "color": colour}
    layers = [
        layer("line", {"strokeWidth": 1.5}, place),
        layer("point", {"filled": True, "size": 55}, {**place, "shape": shape, "tooltip": hint}),
    ]
    return chart(rows, layers, "Held-out loss against parameters, one line per seed", 240)


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return what was trained, the figure of losses, and the corpus."""
    if content.trained is None:
        return ()
    corpus, models = content.trained["corpus"], _models(content, content.trained["models"])
    taught = (
        f"Corpus: {count(corpus['documents'], 'document')} of "
        f"{count(len(corpus['mix']), 'family', 'families')}, "
        f"{count(corpus['tokens'], 'token')}; sha256 {corpus['sha256']}."
    )
    facts = Bullets((_overlap(corpus), taught))
    mix = Table(_MIX, tuple(_mix(corpus)), "The mix of the corpus", "corpus-mix", folded=True)
    if not models:
        return (Paragraph("No model has been measured yet.", "lead"), facts, mix)
    return (Paragraph(_lead(models), "lead"), facts, _figure(models), _by_size(models), mix)


SECTION = Section(
    name="trained",
    title="What was trained",
    order=15,
    summary="The models of the embedded ladder, their held-out loss and their corpus.",
    needs="models that were trained in the study: run `tasklaws study DIR`",
    build=build,
)
