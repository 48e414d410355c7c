"""Whom a run of lm-evaluation-harness asked, and under what conditions, as its results file tells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tasklaws.core.errors import BadTable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LONGEST = 200
"""Characters of a harness's name."""

_FILE = re.compile(r"^(?P<model>.+?)[-_](?P<shots>\d+)-?shot\b|^(?P<plain>.+?)_eval_results")
_STEP = re.compile(r"(?:global_)?step[-_]?(\d+)$")
_ADAPTED = ("peft", "delta", "pretrained", "model", "path", "engine")
"""Arguments that name a model, in the harness's own order: what was tuned goes before what it was made of."""


@dataclass(frozen=True)
class Asked:
    """Under what conditions a run was made."""

    model: str
    step: int | None
    harness_id: str
    made: tuple[float, str]
    """Date and file name: of two runs the later counts."""
    named_by_file: bool = False
    """Whether the file says nowhere what model it is of, but in its name."""


def asked(said: Mapping[str, Any], file: Path) -> Asked:
    """Return model, step and harness of a results file.

    Raises:
        BadTable: neither the document nor the name of the file names a model.
    """
    args = arguments(under(said, "config").get("model_args"))
    stated = str(said.get("model_name") or next((args[name] for name in _ADAPTED if args.get(name)), ""))
    revision, iteration = str(args.get("revision") or ""), args.get("iteration")
    found = _STEP.search(revision)
    step = int(found[1]) if found else iteration if isinstance(iteration, int) else None
    branch = f"@{revision}" if revision not in {"", "main"} and not found else ""
    date = said.get("date")
    made = float(date) if isinstance(date, int | float) else 0.0
    name = stated or _name_of(file)
    return Asked(name + branch, step, _harness(said), (made, file.name), named_by_file=not stated)


def _name_of(file: Path) -> str:
    if found := _FILE.match(file.stem):
        return found["model"] or found["plain"]
    raise BadTable(
        f"{file.name}: the model has no name.",
        "It stands in 'model_name', or in config.model_args as 'pretrained'.",
        "Add 'model_name' to the file.",
    )


def _harness(said: Mapping[str, Any]) -> str:
    """Return limits and what was put round the questions."""
    config = under(said, "config")
    limit, drawn = config.get("limit"), arguments(config.get("gen_kwargs"))
    parts = [
        f"limit={limit:g}" if isinstance(limit, int | float) else "",
        *(
            f"{name}={str(said.get(f'{key}_sha') or 'yes')[:8]}" if said.get(key) else ""
            for name, key in (("chat_template", "chat_template"), ("system", "system_instruction"))
        ),
        "multiturn" if said.get("fewshot_as_multiturn") else "",
        *(f"{name}={value}" for name, value in sorted(drawn.items())),
    ]
    return ",".join(filter(None, parts))[:LONGEST] or "default"


def under(place: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object called `name`, empty where there is none."""
    found = place.get(name)
    return found if isinstance(found, dict) else {}


def arguments(said: object) -> Mapping[str, Any]:
    """Return arguments of a command line, ``a=1,b=2``, or those that stand as an object."""
    if isinstance(said, dict):
        return said
    pairs = (part.partition("=") for part in str(said or "").split(",") if "=" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}
