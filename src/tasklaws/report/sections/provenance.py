"""Provenance: what the numbers were computed from, with hashes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tasklaws.report.blocks import Block, Facts, Field, Table
from tasklaws.report.section import Section
from tasklaws.report.text import magnitude, visible

if TYPE_CHECKING:
    from tasklaws.report.content import Provenance, ReportInput

_IMPORTS = (
    Field("import_id", "import"), Field("format", "format"), Field("source", "source"), Field("rows", "rows"),
    Field("sha256", "SHA-256"),
)  # fmt: skip
_LADDER = (
    Field("model", "model"), Field("lineage", "lineage"),
    Field("n_params", "parameters", magnitude), Field("n_tokens", "tokens", magnitude),
    Field("flops", "FLOP", magnitude), Field("flops_source", "FLOP from"), Field("loss_nats", "loss (nats)"),
    Field("bits_per_byte", "loss (bits per byte)"), Field("loss_corpus", "corpus of the loss"),
    Field("released", "released"), Field("seed", "seed", str), Field("source", "source"),
)  # fmt: skip


def _facts(provenance: Provenance) -> Facts:
    rows = [
        ("Code", visible(provenance.code_version), ""),
        ("Data", visible(provenance.data_hash), "hash of the study's sorted cells"),
    ]
    if provenance.seed is not None:
        rows.append(("Seed", str(provenance.seed), ""))
    return Facts(tuple(rows))


def _ladder(content: ReportInput) -> tuple[Block, ...]:
    if content.ladder is None or content.ladder.is_empty():
        return ()
    rows = content.ladder.sort("lineage", "n_params", "flops", "model").to_dicts()
    used = tuple(f for f in _LADDER if any(row.get(f.key) is not None for row in rows))
    return (Table(used, tuple(rows), "The ladder: models and what is known of them.", "ladder"),)


def build(content: ReportInput) -> tuple[Block, ...]:
    """Return hashes, imports and the ladder."""
    if content.provenance is None:
        return _ladder(content)
    imports = tuple(asdict(record) for record in content.provenance.imports)
    listed: tuple[Block, ...] = (Table(_IMPORTS, imports, "Imports.", "imports"),) if imports else ()
    return (_facts(content.provenance), *listed, *_ladder(content))


SECTION = Section(
    name="provenance",
    title="Provenance",
    order=80,
    summary="Data, code and imports behind the numbers, with hashes.",
    needs="hashes of data and code: write the report from a study",
    build=build,
)
