"""What is known of a study, computed once and when first asked for; what cannot be known has a reason."""

from __future__ import annotations

import shlex
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import polars as pl

from tasklaws.assess.backtesting import Backtest, backtest
from tasklaws.assess.diagnosis import Diagnosed, diagnose
from tasklaws.assess.elicit import elicit
from tasklaws.assess.forecast import forecast_target
from tasklaws.assess.headline.claim import Rest
from tasklaws.assess.headline.means import mean_of
from tasklaws.assess.horizons import horizon
from tasklaws.assess.prediction import forecast_table
from tasklaws.assess.selection import Selection, select
from tasklaws.assess.track_record import OpenedForecast, SealedForecast, latest_opened, latest_unopened
from tasklaws.core.errors import BadInput, NoAnswer
from tasklaws.core.progress import SILENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tasklaws.core.progress import Progress
    from tasklaws.study.folder import Study

Made = TypeVar("Made")


class Known:
    """A study with the answers of the verbs that claims are made of."""

    def __init__(
        self, study: Study, progress: Progress = SILENT, made: Mapping[str, object] | None = None
    ) -> None:
        """Take a study; answers in `made`, by the names of the properties, are not computed again."""
        self.study, self.progress = study, progress
        self.refused: dict[str, NoAnswer | BadInput] = {}
        """What was said where an answer is missing, by the name of its property."""
        self.__dict__.update(made or {})

    def _answer(self, name: str, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except (NoAnswer, BadInput) as error:
            self.refused[name] = error
            return None

    def reason(self, name: str, otherwise: str) -> str:
        """Return why an answer is missing, in a few words; `otherwise` where nothing was refused."""
        error = self.refused.get(name)
        if error is None:
            return otherwise
        return error.what.removeprefix(f"{getattr(error, 'reason', '')}: ").rstrip(".")

    @cached_property
    def selection(self) -> Selection | None:
        """Return the cells that are forecast; None without a ladder."""
        return self._answer("selection", lambda: select(self.study))

    @cached_property
    def cells(self) -> pl.DataFrame:
        """Return one row per model and task, of the metric that the study is about."""
        return self.study.target_cells()[0]

    @cached_property
    def shares(self) -> bool:
        """Return whether all scores lie in [0, 1], so that they can be told in percent."""
        score = self.cells.select(pl.coalesce("k", "sum") / pl.col("n")).to_series()
        return bool(len(score) and score.is_between(0, 1).all())

    @cached_property
    def lineage(self) -> str | None:
        """Return the lineage that claims are about: that with most models that have results."""
        if self.selection is None or not self.selection.lineages:
            return None
        told = self.selection
        return max(told.lineages, key=lambda name: len(told.evaluated(name)))

    @cached_property
    def rungs(self) -> tuple[str, ...]:
        """Return the models of that lineage with results, in the order of the ladder."""
        if self.selection is None or self.lineage is None:
            return ()
        return tuple(rung.model for rung in self.selection.evaluated(self.lineage))

    @cached_property
    def axis(self) -> str | None:
        """Return what the ladder of that lineage is ordered by."""
        return self.selection.ladder.axis_of(self.lineage) if self.selection and self.lineage else None

    @cached_property
    def top(self) -> str | None:
        """Return the model furthest up the ladder; without one that with the highest mean score."""
        if self.rungs:
            return self.rungs[-1]
        means = {str(name): mean_of(own).value for (name,), own in self.cells.group_by("model")}
        return max(sorted(means), key=means.__getitem__, default=None)

    @cached_property
    def before(self) -> str | None:
        """Return the model before the top one on the ladder, of another size."""
        if self.selection is None or self.top is None:
            return None
        size = self.selection.ladder.size_of
        return next((name for name in reversed(self.rungs) if size(name) != size(self.top)), None)

    @cached_property
    def tested(self) -> Backtest | None:
        """Return the backtest."""
        return self._answer("tested", lambda: backtest(self.study, progress=self.progress))

    @cached_property
    def diagnosed(self) -> tuple[Diagnosed, ...]:
        """Return the certificates of the families."""
        found = self._answer("diagnosed", lambda: diagnose(self.study, progress=self.progress))
        return found.families if found else ()

    @cached_property
    def waiting(self) -> SealedForecast | None:
        """Return the latest sealed forecast that was never opened."""
        return latest_unopened(self.study)

    @cached_property
    def opened(self) -> OpenedForecast | None:
        """Return the forecast that was opened last, with its scores."""
        return self._answer("opened", lambda: latest_opened(self.study))

    @cached_property
    def unsealed(self) -> tuple[str, str, pl.DataFrame] | None:
        """Return target, label and table of a forecast of the next rung without results, made now."""
        made = self._answer("unsealed", lambda: forecast_target(self.study, "next"))
        return (made.target, made.label, forecast_table(made)) if made else None

    @cached_property
    def elicitation(self) -> Mapping[str, Any] | None:
        """Return the document of the verb `elicit`."""
        made = self._answer("elicitation", lambda: elicit(self.study))
        return made.document() if made else None

    @cached_property
    def time_horizons(self) -> Mapping[str, Any] | None:
        """Return the document of the verb `horizon`; None where no task has a human time."""
        if not self.study.tasks()["human_minutes"].is_not_null().any():
            return None
        made = self._answer("time_horizons", lambda: horizon(self.study, progress=self.progress))
        return made.document() if made else None

    def of(self, model: str) -> pl.DataFrame:
        """Return the cells of one model."""
        return self.cells.filter(pl.col("model") == model)

    def verb(self, name: str, *more: str) -> str:
        """Return the command that shows the figures of a verb."""
        return shlex.join(("tasklaws", name, self.study.path.name, *more))

    def parts(self, *models: str) -> tuple[Rest, ...]:
        """Return the parts of the study that hold results of these models, and where to read attempts."""
        named = list(dict.fromkeys(models))
        kept = [
            Rest(f"results of {', '.join(m for m in record.models if m in named)}", part, record.rows, digest)
            for record in self.study.imports()
            if not record.removed and set(record.models) & set(named)
            for part, digest in zip(record.parts, record.hashes, strict=True)
            if not part.startswith("human/")
        ]
        return (*kept, *(self.attempts(model) for model in named))

    def attempts(self, model: str, family: str | None = None) -> Rest:
        """Return where the viewer shows the attempts of a model."""
        asked = {"model": model, "family": family}
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in asked.items() if value)
        own = self.of(model)
        own = own if family is None else own.filter(pl.col("task_family") == family)
        return Rest(f"attempts of {model}", f"runs?{query}", int(own["n"].sum()))
