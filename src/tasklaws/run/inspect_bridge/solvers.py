"""Elicitations as a solver of Inspect AI: ``tasklaws/elicited -S elicitation=best_of_n -S effort=4``.

A general model is asked in English, in a conversation with the tools of the family. A model of the embedded
ladder is asked as the local runner asks it. Each attempt begins afresh; attempts that know nothing of each
other, such as the samples of `best_of_n` and `majority`, are made at once, unless a limit on tokens, turns or
dollars holds for all of them together.

What an elicitation sets (temperature, seed, tokens) goes before what the evaluation sets; the evaluation's
seed goes into each seed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inspect_ai.model import ChatMessageUser, GenerateConfig, get_model
from inspect_ai.model._generate_config import active_generate_config
from inspect_ai.solver import Solver, solver

from tasklaws.core.errors import BadInput, UnknownName
from tasklaws.elicitations import ELICITATIONS
from tasklaws.families import FAMILIES
from tasklaws.metrics import METRICS
from tasklaws.run.inspect_bridge._conversation import Conversation
from tasklaws.run.inspect_bridge._prose import prompt
from tasklaws.run.inspect_bridge._turns import Driver, counted_together, seed_of
from tasklaws.run.inspect_bridge._writing import writing
from tasklaws.run.inspect_bridge.instances import RENDERINGS, instance_of
from tasklaws.run.inspect_bridge.provider import EmbeddedAPI
from tasklaws.run.inspect_bridge.tools import allowed, instrumented
from tasklaws.spec.bounds import whole
from tasklaws.spec.plan import tools as tools_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from inspect_ai.model import ChatMessage
    from inspect_ai.solver import Generate, TaskState

    from tasklaws.run.inspect_bridge._turns import Try
    from tasklaws.run.inspect_bridge.instances import Rendering
    from tasklaws.spec.elicitation import Ask, Elicitation
    from tasklaws.spec.family import Instance
    from tasklaws.spec.transcript import Attempt


@solver
def elicited(elicitation: str = "greedy", effort: int = 1, rendering: Rendering = "auto") -> Solver:
    """Return the solver that draws answers out of a model by an elicitation.

    Args:
        elicitation: its name.
        effort: at which effort, in its own units.
        rendering: ``auto`` asks models of the embedded ladder compactly and all others in English.

    Raises:
        UnknownName: there is no such elicitation or rendering.
        BadInput: the effort is no whole number of 1 or more.
    """
    method = ELICITATIONS[elicitation]
    whole(effort, 1, f"the effort of {elicitation}")
    if rendering not in RENDERINGS:
        raise UnknownName("rendering", str(rendering), RENDERINGS)

    async def solve(state: TaskState, generate: Generate) -> TaskState:  # noqa: ARG001  attempts begin afresh
        instance = instance_of(state.metadata)
        compact = asked_compactly(rendering)
        if compact:
            _check_reads(method)
        begin = _compact(state, instance) if compact else _english(state, instance)
        await Driver(begin, at_once=not counted_together()).counted(
            method.turns([instance], effort, _right), state
        )
        return state

    return solve


def asked_compactly(rendering: Rendering) -> bool:
    """Return whether the active model is asked in the compact rendering."""
    return rendering == "compact" or (rendering == "auto" and isinstance(get_model().api, EmbeddedAPI))


def _check_reads(method: Elicitation) -> None:
    """Raise where an elicitation works by words that small models do not read.

    Raises:
        BadInput: it does.
    """
    if method.prose:
        raise BadInput(
            f"{method.name} works by words, and the question is put compactly.",
            "Models of the embedded ladder read compact questions and no prose.",
            "Leave this elicitation out for them, or ask a model that reads English.",
        )


def _right(instance: Instance, attempt: Attempt) -> bool:
    return METRICS["exact"].score(instance, [attempt]) == 1


def _compact(state: TaskState, instance: Instance) -> Callable[[Ask, int, Try | None], Try]:
    def begin(ask: Ask, draw: int, after: Try | None) -> Try:  # noqa: ARG001  it reads no prose
        return writing(instance, ask.shots, _config(state, instance, ask, draw))

    return begin


def _english(state: TaskState, instance: Instance) -> Callable[[Ask, int, Try | None], Try]:
    family, before = FAMILIES[instance.family], list(state.messages)
    question = state.user_prompt.text
    if question == family.compact(instance):
        question = family.english(instance)
    used = [path.tool for path in family.paths if path.tool] + list(tools_of(family.plan(instance.size)))
    names = allowed(dict.fromkeys(used))
    tools = [instrumented(name) for name in names]

    def begin(ask: Ask, draw: int, after: Try | None) -> Try:
        failed = after.calls[-1] if after is not None and after.calls else None
        told = prompt(question, instance, ask, names, failed)
        config = _config(state, instance, ask, draw)
        return Conversation(instance, _with_last(before, told), tools, config, ask.places)

    return begin


def _with_last(messages: list[ChatMessage], told: str) -> list[ChatMessage]:
    """Return messages with `told` in place of the last that the user wrote."""
    at = max(place for place, one in enumerate(messages) if one.role == "user")
    new = messages[at] if messages[at].text == told else ChatMessageUser(content=told)
    return [*messages[:at], new, *messages[at + 1 :]]


def _config(state: TaskState, instance: Instance, ask: Ask, draw: int) -> GenerateConfig:
    """Return the settings of a draw; the run's own seed goes into each."""
    base = active_generate_config().seed or 0
    seed = seed_of(base, instance.instance_id, state.epoch, draw)
    return GenerateConfig(temperature=ask.temperature, max_tokens=ask.places, seed=seed)
