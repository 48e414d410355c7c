"""Small studies with a planted law, made through the importers: what the tests of the verbs stand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from tasklaws.run.imports import import_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SIZES = tuple(10.0 ** (7 + 0.4 * i) for i in range(8))
"""Parameters of the models m0, m1, ..."""

FAMILIES = {"add": 4, "sort": 3}
"""Families and their numbers of tasks."""

N = 60

Cells = dict[tuple[str, str, str], tuple[float, int]]
"""(model, family, task) -> (k, n)."""


@dataclass(frozen=True)
class Model:
    """A model with what its rung says; keys of ladder.toml."""

    name: str
    said: Mapping[str, object]

    def rung(self) -> str:
        """Return the rung as TOML."""
        lines = [f"{key} = {_toml(value)}" for key, value in {"model": self.name, **self.said}.items()]
        return "[[rung]]\n" + "\n".join(lines) + "\n"


def _toml(value: object) -> str:
    if not isinstance(value, str):
        return value.isoformat() if isinstance(value, date) else repr(value)
    return (
        '"'
        + "".join(f"\\u{ord(c):04X}" if c in '"\\' or ord(c) < 32 or ord(c) == 127 else c for c in value)
        + '"'
    )


def sized(count: int = 6, *, prefix: str = "m", lineage: str = "demo", **more: object) -> list[Model]:
    """Return models of growing size."""
    return [Model(f"{prefix}{i}", {"lineage": lineage, "n_params": SIZES[i], **more}) for i in range(count)]


def ladder_text(models: Iterable[Model], axis: str = "n_params") -> str:
    """Return a ladder file."""
    return f'axis = "{axis}"\n' + "".join(model.rung() for model in models)


def planted(models: Iterable[Model], seed: int = 0, n: int = N) -> Cells:
    """Return counts that follow a logistic law in log parameters."""
    rng = np.random.default_rng(seed)
    tasks = [(family, f"{family}/{i}") for family, count in FAMILIES.items() for i in range(count)]
    level, slope = rng.normal(-2.5, 0.8, len(tasks)), rng.uniform(1.0, 2.0, len(tasks))
    cells: Cells = {}
    for model in models:
        x = np.log10(float(str(model.said["n_params"]))) - 7
        rates = 1 / (1 + np.exp(-(level + slope * x)))
        for (family, task), rate in zip(tasks, rates, strict=True):
            cells[model.name, family, task] = (float(rng.binomial(n, rate)), n)
    return cells


def constant(models: Iterable[Model], rates: Iterable[float], n: int = N) -> Cells:
    """Return three tasks on which every model scores its own fixed rate."""
    return {
        (model.name, "add", f"add/{i}"): (round(rate * n), n)
        for model, rate in zip(models, rates, strict=True)
        for i in range(3)
    }


def table_text(cells: Cells) -> str:
    """Return cells as a CSV of successes and attempts."""
    lines = [
        f"{_csv(model)},{family},{task},acc,{k:g},{n}" for (model, family, task), (k, n) in cells.items()
    ]
    return "\n".join(["model,task_family,task_id,metric,k,n", *lines]) + "\n"


def _csv(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def of(cells: Cells, *models: str) -> Cells:
    """Return the cells of some models."""
    return {key: value for key, value in cells.items() if key[0] in models}


def make(folder: Path, cells: Cells, models: Iterable[Model], axis: str = "n_params") -> Path:
    """Write the files of `cells` and `models` into `folder` and import them; return the study."""
    (folder / "ladder.toml").write_text(ladder_text(models, axis), encoding="utf-8")
    return take_in(folder, cells, folder / "study", ladder=folder / "ladder.toml")


def make_graded(folder: Path, models: Iterable[Model], evaluated: int = 4) -> Path:
    """Import three graded attempts at one task by the first `evaluated` models; return the study."""
    known = list(models)
    (folder / "ladder.toml").write_text(ladder_text(known), encoding="utf-8")
    rows = [f"{m.name},f,t,{i},{s}" for m in known[:evaluated] for i, s in enumerate((0.5, 0.25, 1.0))]
    (folder / "graded.csv").write_text(
        "\n".join(["model,task_family,task_id,instance_id,score", *rows]) + "\n"
    )
    import_runs("table", folder / "graded.csv", folder / "study", ladder=folder / "ladder.toml")
    return folder / "study"


def take_in(folder: Path, cells: Cells, study: Path, ladder: Path | None = None) -> Path:
    """Import `cells` into `study`."""
    file = folder / f"results{len(list(folder.glob('results*')))}.csv"
    file.write_text(table_text(cells), encoding="utf-8")
    import_runs("table", file, study, ladder=ladder)
    return study


def tree(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder with its bytes."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
