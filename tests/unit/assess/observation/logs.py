"""Small logs and studies to look at."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LONG = "a long question " * 10


def said(role: str, content: Any, **more: Any) -> dict[str, Any]:
    return {"role": role, "content": content, **more}


def sample(
    name: str, *messages: dict[str, Any], epoch: int = 1, value: Any = "C", **more: Any
) -> dict[str, Any]:
    scores = {"match": {"value": value, **more.pop("score", {})}}
    return {"id": name, "epoch": epoch, "messages": list(messages), "scores": scores, **more}


def agent(
    name: str, *commands: tuple[str, str | None], answer: str = "ANSWER: 1", **more: Any
) -> dict[str, Any]:
    """Return a sample of an agent with a shell: commands, and how each failed."""
    messages = [said("user", "Solve it.")]
    for number, (command, error) in enumerate(commands):
        call = {"id": f"c{number}", "function": "bash", "arguments": {"cmd": command}}
        messages.append(said("assistant", "", tool_calls=[call]))
        told = {"error": {"type": "unknown", "message": error}} if error else {}
        messages.append(said("tool", "" if error else f"out {number}", tool_call_id=f"c{number}", **told))
    return sample(name, *messages, said("assistant", answer), **more)


def log(path: Path, samples: Sequence[dict[str, Any]], model: str = "m", **about: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"task": "agents", "model": model, "created": "2026-01-01T00:00:00+00:00"} | about
    path.write_text(json.dumps({"version": 2, "status": "success", "eval": told, "samples": list(samples)}))
    return path


def study(root: Path, *logs: tuple[str, Sequence[dict[str, Any]]]) -> Path:
    """Return a study that holds nothing but logs, of a model each."""
    root.mkdir()
    (root / "study.toml").write_text('name = "watched"\n')
    for model, samples in logs:
        log(root / "logs" / f"{model}.json", samples, model)
    return root
