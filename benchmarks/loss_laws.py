"""Laws of real losses: what they say, and what they would have foretold of the largest models.

``python -m benchmarks.loss_laws`` needs ``../shared/data``. Every ladder is a set of models with
parameters N, tokens D and a loss. The largest size is left out, the laws are fitted to the others, and
the error is that of the predicted loss at each model left out. Persistence says of a model the loss of
the largest seen size whose tokens per parameter are nearest; the plain power law is `power_floor`
without a floor, against compute.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tasklaws.forms import FORMS
from tasklaws.importers.olmo_ladder import AVERAGED, N_PARAMS
from tasklaws.infer.curves.fit import Fits, fit_batch
from tasklaws.infer.curves.intervals import intervals
from tasklaws.infer.curves.problem import Options, Points

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from tasklaws.infer.arrays import Floats

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"

GADRE_SETS = ("c4_val", "paloma_redpajama", "paloma_falcon-refinedweb")
OLMO_LOSSES = {
    "c4 loss": "eval/c4_en-validation/CrossEntropyLoss",
    "pile loss": "eval/pile-validation/CrossEntropyLoss",
    "hellaswag bits": "eval/downstream_bpb/hellaswag_val_rc_5shot_bpb",
    "arc_easy bits": "eval/downstream_bpb/arc_easy_test_rc_5shot_bpb",
}

SHOWN = {
    "joint_loss": ("irreducible", "exponent_n", "exponent_d"),
    "power_floor": ("irreducible", "exponent"),
}
"""Laws of all models, and their parameters whose units do not depend on the origin."""


@dataclass(frozen=True)
class Losses:
    """Models of one ladder and their losses on one corpus, one element of each array per model."""

    name: str
    n: Floats
    d: Floats
    loss: Floats

    @property
    def compute(self) -> Floats:
        """Return 6 N D."""
        return 6 * self.n * self.d

    def part(self, chosen: NDArray[np.bool_]) -> Losses:
        """Return some of the models."""
        return Losses(self.name, self.n[chosen], self.d[chosen], self.loss[chosen])


def gadre(folder: Path) -> Iterator[Losses]:
    """Yield Gadre et al.'s losses by training and validation corpus."""
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    for file in sorted((folder / "models").glob("*.json")):
        record = json.loads(file.read_text())
        settings = record["hyperparameters"]
        for result in record["results"]:
            corpus = result["val_data"][0].split("/")[-2]
            if corpus in GADRE_SETS:
                row = (settings["params"], settings["tokens"], result["loss"])
                found[record["dataset_name"], corpus].append(row)
    for (trained, corpus), rows in sorted(found.items()):
        short = corpus.removeprefix("paloma_").removeprefix("falcon-")
        yield Losses(f"gadre {trained.removesuffix('_original')}: {short}", *np.array(rows, dtype=float).T)


def olmo(folder: Path) -> Iterator[Losses]:
    """Yield the OLMo ladder's losses; a run's is the mean of its last evaluations, as its authors take it."""
    tables = [(file.name.partition("-")[0], pl.read_csv(file)) for file in sorted(folder.glob("*.csv"))]
    for name, column in OLMO_LOSSES.items():
        rows = []
        for size, table in tables:
            last = table.sort("_step").tail(AVERAGED)
            tokens = last["throughput/total_tokens"].drop_nulls()[-1]
            rows.append((N_PARAMS[size], tokens, last[column].mean()))
        yield Losses(f"olmo: {name}", *np.array(rows, dtype=float).T)


def fitted(form: str, models: Losses, **options: float) -> Fits:
    """Return the fit of least squared relative errors: the precision of a loss is 1 / loss^2."""
    points = Points(_places(form, models), models.loss[None], models.loss[None] ** -2)
    return fit_batch(FORMS[form], points, Options("gaussian", fixed=options))


def _places(form: str, models: Losses) -> Floats:
    covariates = {"n": models.n, "d": models.d, "x": models.compute}
    return np.log10([covariates[name] for name in FORMS[form].covariates])


def law(form: str, **options: float) -> Callable[[Losses, Losses], Floats]:
    """Return a forecast by a form: a function of the models seen and of those asked for."""
    return lambda seen, asked: fitted(form, seen, **options).heights(_places(form, asked))[0]


def persistence(seen: Losses, asked: Losses) -> Floats:
    """Return the loss of the largest seen size at the nearest number of tokens per parameter."""
    last = seen.part(seen.n == seen.n.max())
    away = np.abs(np.log(asked.d / asked.n)[:, None] - np.log(last.d / last.n))
    return last.loss[away.argmin(axis=1)]


FORECASTS: dict[str, Callable[[Losses, Losses], Floats]] = {
    "joint_loss": law("joint_loss"),
    "power_floor": law("power_floor"),
    "plain power": law("power_floor", irreducible=0.0),
    "persistence": persistence,
}


def errors(models: Losses) -> dict[str, Floats]:
    """Return (mean absolute error in %, in units of the loss, mean error in %) of every forecast."""
    largest = models.n == models.n.max()
    seen, asked = models.part(~largest), models.part(largest)
    found = {}
    for name, forecast in FORECASTS.items():
        off = forecast(seen, asked) - asked.loss
        share = 100 * off / asked.loss
        found[name] = np.array([np.abs(share).mean(), np.abs(off).mean(), share.mean()])
    return found


def said(form: str, models: Losses) -> str:
    """Return what a law of all models says, with 90 % profile intervals."""
    found = intervals(fitted(form, models))
    scatter = 100 * np.std(np.log(found.fits.heights()[0] / models.loss))
    parts = [
        f"{found.value[0, j]:7.3f} [{found.lower[0, j]:6.3f}, {found.upper[0, j]:6.3f}]"
        for j in (found.names.index(name) for name in SHOWN[form])
    ]
    return (
        f"{models.name:22} {models.n.size:3d}  {'  '.join(parts)}  {scatter:5.2f} %  {found.fits.status(0)}"
    )


def ladders() -> list[Losses]:
    """Return all ladders whose folders are there, and say which are not."""
    found: list[Losses] = []
    for name, read in {"gadre": gadre, "olmo_ladder": olmo}.items():
        if (DATA / name).is_dir():
            found += read(DATA / name)
        else:
            sys.stdout.write(f"{name} is skipped: ../shared/data/{name} is not there.\n")
    return found


def main() -> None:
    """Print the laws and their errors."""
    found = ladders()
    if not found:
        return
    for form, names in SHOWN.items():
        print(f"{form} of all models: value [90 % profile interval]; scatter of the losses about the law")
        print(f"{'ladder':22} {'':3}  " + "".join(f"{name:>24}  " for name in names) + "scatter  fit")
        for models in found:
            print(said(form, models))
        print()
    print("Largest size left out: mean absolute error in % (in units of the loss), mean error in %")
    print(f"{'ladder':22} " + "".join(f"{name:>25}" for name in FORECASTS))
    table = [errors(models) for models in found]
    for models, row in zip(found, table, strict=True):
        print(f"{models.name:22} " + "".join(_cell(row[name]) for name in FORECASTS))
    mean = {name: np.mean([row[name] for row in table], axis=0) for name in FORECASTS}
    print(f"{'mean of ladders':22} " + "".join(_cell(mean[name]) for name in FORECASTS))


def _cell(error: Floats) -> str:
    return f"{error[0]:9.2f} ({error[1]:.3f}) {error[2]:+6.2f}"


if __name__ == "__main__":
    main()
