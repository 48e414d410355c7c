"""A causal language model in a local folder, in the layout of Hugging Face."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tasklaws.core.display import shown
from tasklaws.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

PACKAGES = ("tokenizers", "torch", "transformers")
"""What the extra `hf` brings."""
NOISE = 1e-4
"""Rounding of single precision, as a share of the spread of the logits."""


class LanguageModel(Protocol):
    """What is needed of a model to measure its loss."""

    name: str
    vocabulary: int
    """Tokens it chooses among."""
    context: int | None
    """Most tokens it can look back on, None where nothing limits them."""
    start: int | None
    """Id of the token that stands before a document."""
    start_text: str | None
    """That token, as its tokeniser writes it."""

    def encode(self, text: str) -> Sequence[int]:
        """Return the ids of `text`, without tokens that do not stand for text."""
        ...

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of `ids`."""
        ...

    def nats(self, rows: Sequence[Sequence[int]]) -> Sequence[NDArray[np.floating[Any]]]:
        """Return, for each row, -ln p of every id but the first, given those before it in the row."""
        ...


def local_model(folder: str | Path) -> LanguageModel:
    """Return the causal language model in `folder`, in single precision, on a GPU where there is one.

    Raises:
        BadInput: the extra `hf` is not installed, or the folder holds no whole model of that kind.
    """
    folder = Path(folder)
    if not (folder / "config.json").is_file():
        raise BadInput(
            f"{folder}: no config.json.",
            "A model is a local folder with config.json, safetensors and tokeniser.",
            "Name such a folder; nothing is fetched.",
        )
    missing = [package for package in PACKAGES if find_spec(package) is None]
    if missing:
        raise BadInput(
            f"{', '.join(missing)} not installed.",
            "They run the model.",
            "pip install 'tasklaws[hf]'",
        )
    return _LocalModel(folder)


class _LocalModel:
    """A model of the library transformers."""

    def __init__(self, folder: Path) -> None:
        self._torch = import_module("torch")
        self._model, self._tokenizer = _loaded(folder, self._torch)
        config = self._model.config.get_text_config()
        self.name = folder.resolve().name
        self.vocabulary: int = config.vocab_size
        self.context: int | None = getattr(config, "max_position_embeddings", None)
        tokens = self._tokenizer
        named = next(
            (kind for kind in ("bos", "eos") if getattr(tokens, f"{kind}_token_id") is not None), None
        )
        self.start: int | None = getattr(tokens, f"{named}_token_id") if named else None
        self.start_text: str | None = getattr(tokens, f"{named}_token") if named else None
        self._refuse_looking_ahead()

    def encode(self, text: str) -> list[int]:
        """Return the ids of `text`; a special token's name in it is text like any other."""
        given = self._tokenizer(text, add_special_tokens=False, split_special_tokens=True, verbose=False)
        return list(given["input_ids"])

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of `ids`."""
        return str(self._tokenizer.decode(ids, clean_up_tokenization_spaces=False))

    def nats(self, rows: Sequence[Sequence[int]]) -> list[NDArray[np.floating[Any]]]:
        """Return -ln p of every id of a row but its first."""
        torch, cross_entropy = self._torch, self._torch.nn.functional.cross_entropy
        logits = self._logits([row[:-1] for row in rows])
        found = []
        for row, of_row in zip(rows, logits, strict=True):
            wanted = torch.tensor(row[1:], device=logits.device)
            found.append(cross_entropy(of_row[: len(wanted)].float(), wanted, reduction="none").cpu().numpy())
        return found

    def _logits(self, rows: Sequence[Sequence[int]]) -> Any:  # noqa: ANN401 - torch has no types here
        """Return the logits after every id; what pads a short row stands behind it, where nothing looks."""
        torch, longest = self._torch, max(map(len, rows))
        ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in rows])
        mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
        device = self._model.device
        try:
            with torch.inference_mode():
                given = {"input_ids": ids.to(device), "attention_mask": mask.to(device)}
                return self._model(**given, use_cache=False).logits
        except torch.OutOfMemoryError as error:
            raise BadInput(
                f"no memory for {len(rows)} windows of {longest} tokens.",
                str(error).splitlines()[0],
                "Take a smaller --batch or --window.",
            ) from None

    def _refuse_looking_ahead(self) -> None:
        """Raise where a token changes what is said before it: such a model reads what it should predict."""
        length = max(2, min(8, self.context or 8))
        row = [i % self.vocabulary for i in range(length)]
        logits = self._logits([row, [*row[:-1], (row[-1] + 1) % self.vocabulary]])[:, :-1].float()
        if (logits[0] - logits[1]).abs().max() > NOISE * logits.std():
            raise BadInput(
                f"{shown(self.name)}: a token changes the probabilities of those before it.",
                "The loss is that of a causal model, which does not look ahead.",
                "Name a causal model.",
            )


def _loaded(folder: Path, torch: Any) -> tuple[Any, Any]:  # noqa: ANN401 - torch has no types here
    """Return model and tokeniser, read from the folder only, without running code that lies in it."""
    transformers = import_module("transformers")
    told = transformers.logging
    before, bars = told.get_verbosity(), told.is_progress_bar_enabled()
    told.set_verbosity_error()
    told.disable_progress_bar()
    only: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **only)
        model, report = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **only
        )
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0]
        raise BadInput(
            f"{folder}: not a model that can be read ({type(error).__name__}: {shown(reason, 300)}).",
            "It needs config.json, weights as safetensors, a tokeniser, and no code of its own.",
            "Save it again with save_pretrained.",
        ) from error
    finally:
        told.set_verbosity(before)
        if bars:
            told.enable_progress_bar()
    _refuse_part(folder, report, tokenizer)
    return model.eval().to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def _refuse_part(folder: Path, report: dict[str, Any], tokenizer: Any) -> None:  # noqa: ANN401
    """Raise where weights or vocabulary are not there: they would be drawn at random, or left empty."""
    missing = sorted(map(str, [*report["missing_keys"], *report["mismatched_keys"]]))
    if missing:
        raise BadInput(
            f"{folder}: {len(missing)} weights are missing or of another shape, such as {shown(missing[0])}.",
            "A loss needs all weights of the model.",
            "Save it again with save_pretrained.",
        )
    if not set(tokenizer("held-out loss")["input_ids"]) - set(tokenizer.all_special_ids):
        raise BadInput(
            f"{folder}: the tokeniser knows no word.",
            "Its files must lie beside the weights.",
            "Save it there with save_pretrained.",
        )
