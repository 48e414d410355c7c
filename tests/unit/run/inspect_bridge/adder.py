"""A model for tests: it adds, right or wrong as a hash of the question says, and tells what it was asked."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

import anyio
from inspect_ai.model import ChatMessage, GenerateConfig, ModelAPI, ModelOutput, ModelUsage, modelapi

STUDY = """
name = "adders"

[run]
items = {items}
sizes = {{ addition = {sizes} }}
models = ["a/small", "a/large"]
{more}

[run.names]
"a/small" = "adder/small"
"a/large" = "adder/large"

[run.model_args."a/small"]
told = "{root}/asked"
seconds = {seconds}

[run.model_args."a/large"]
told = "{root}/asked"
seconds = {seconds}
"""


class Adder(ModelAPI):
    """It fails on some questions while the file `broken` is there."""

    def __init__(  # noqa: PLR0917  Inspect's own
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008
        told: str = "",
        seconds: float = 0.0,
        **_more: Any,
    ) -> None:
        super().__init__(model_name, base_url, api_key, [], config)
        self._told, self._seconds = Path(told), seconds

    async def generate(self, input: list[ChatMessage], *_: Any, **__: Any) -> ModelOutput:  # noqa: A002
        """Return a sum."""
        question = input[-1].text
        first, second = map(int, re.findall(r"\d+", question)[:2])
        chance = hashlib.sha256(f"{self.model_name} {question}".encode()).digest()[0]
        await anyio.sleep(self._seconds)
        with self._told.open("a") as told:
            told.write(f"{self.model_name} {first} {second}\n")
        if self._told.with_name("broken").exists() and chance % 5 == 0:
            raise RuntimeError("out of order")
        output = ModelOutput.from_content(self.model_name, str(first + second + (chance % 3 == 0)))
        output.usage = ModelUsage(input_tokens=20, output_tokens=5, total_tokens=25)
        return output

    def should_retry(self, ex: BaseException) -> bool:
        """Return that nothing is tried again."""
        del ex
        return False


@modelapi("adder")
def adder() -> type[ModelAPI]:
    """Return the provider."""
    return Adder


def made(root: Path, *, items: int = 3, sizes: str = "[1, 2]", more: str = "", seconds: float = 0.0) -> Path:
    """Return a study of two adders at `root`."""
    root.mkdir()
    text = STUDY.format(root=root, items=items, sizes=sizes, more=more, seconds=seconds)
    (root / "study.toml").write_text(text)
    return root


def asked(root: Path) -> list[str]:
    """Return what the adders were asked, in order."""
    told = root / "asked"
    return told.read_text().splitlines() if told.exists() else []
