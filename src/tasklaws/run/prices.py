"""What asking costs: prices of models, and a purse that says when enough is spent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tasklaws.core.errors import BadInput
from tasklaws.study.run_settings import Price

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tasklaws.run.grid import Grid

FREE = ("tasklaws/", "mockllm/")
"""What the names of models begin with that run on the spot and cost nothing."""
MILLION = 1e6


def prices_of(grid: Grid) -> dict[str, Price]:
    """Return model -> its price, of those whose price is known."""
    known = {}
    for model, name in grid.names.items():
        stated = grid.said.prices.get(model, grid.said.prices.get(name))
        if stated is not None or name.startswith(FREE):
            known[model] = stated or Price(0.0, 0.0)
    return known


def cost(price: Price, read: float, written: float) -> float:
    """Return the dollars that tokens cost."""
    return (read * price.input + written * price.output) / MILLION


def unpriced(models: Collection[str], prices: Mapping[str, Price]) -> str | None:
    """Return why the cost of asking `models` is not known; None where it is."""
    lacking = sorted(set(models) - set(prices))
    if not lacking:
        return None
    return f'no price is stated for {", ".join(lacking)}; add [run.prices."{lacking[0]}"] to study.toml'


@dataclass
class Purse:
    """What was spent, and whether more may be asked. It is closed when a cap is reached, or by hand."""

    prices: Mapping[str, Price]
    cost_limit: float | None = None
    token_budget: int | None = None
    tokens: int = 0
    cost: float = 0.0
    closed: str | None = None
    """Why nothing more is asked; None while it is."""
    unknown: set[str] = field(default_factory=set)
    """Models without a price that were asked."""
    heard: Callable[[str, int, float | None], object] = lambda _model, _tokens, _cost: None
    """Told of each answer's model, tokens and dollars (None: not known)."""

    def pay(self, model: str, read: int, written: int) -> None:
        """Count what one answer of `model` took."""
        self.tokens += read + written
        dollars = cost(self.prices[model], read, written) if model in self.prices else None
        if dollars is None:
            self.unknown.add(model)
        self.cost += dollars or 0.0
        self.heard(model, read + written, dollars)
        if self.cost_limit is not None and self.cost >= self.cost_limit:
            self.closed = self.closed or f"the cost limit of {self.cost_limit:g} dollars is reached"
        if self.token_budget is not None and self.tokens >= self.token_budget:
            self.closed = self.closed or f"the budget of {self.token_budget} tokens is reached"


def purse_for(grid: Grid, models: Collection[str]) -> Purse:
    """Return a purse with the caps of the settings.

    Raises:
        BadInput: a cost limit is stated, and a model has no price.
    """
    prices, said = prices_of(grid), grid.said
    reason = unpriced(models, prices)
    if said.cost_limit is not None and reason:
        raise BadInput(
            f"{reason.partition(';')[0]}.",
            "A cost limit holds where every model has its price.",
            "Add [run.prices.NAME] with input and output, dollars per million tokens, or take the limit out.",
        )
    return Purse(prices, said.cost_limit, said.token_budget)
