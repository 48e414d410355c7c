"""What fields of a document are made of: text, numbers, times, hashes, and values that are not there."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

SHA256 = r"^[0-9a-f]{64}$"
DAY, CLOCK, ZONE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}:[0-9]{2}", r"(Z|[+-][0-9]{2}:[0-9]{2})"
TIME = rf"^{DAY}T{CLOCK}(\.[0-9]+)?{ZONE}$"
BELOW_EVIDENCE = r"^evidence/[^/]"
NOT_BLANK = r"\S"
LARGEST = 2**53 - 1
"""Whole numbers beyond it have no canonical JSON."""

VALUE, ABSENT, TEXT, LIST, SWITCH = "<value>", "<absent>", "<text>", "<list>", "<switch>"
"""Which of several kinds a value was taken for; they stand in no place that is told."""
UNDEFINED, OUTSIDE = "undefined_without_reason", "path_outside"
"""Names of faults that pydantic does not know."""


class Part(BaseModel):
    """A table of the document: every key is needed, and there is no other."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


def _inside(path: str) -> str:
    """Return a path that cannot lead out of its folder."""
    if path.startswith("/") or "\\" in path or not {"", ".", ".."}.isdisjoint(path.split("/")):
        raise PydanticCustomError(OUTSIDE, "a path inside the folder")
    return path


Text = Annotated[str, StringConstraints(pattern=NOT_BLANK)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Positive = Annotated[float, Field(allow_inf_nan=False, ge=0)]
Share = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Ordinal = Annotated[int, Field(ge=1, le=LARGEST)]
Hash = Annotated[str, StringConstraints(pattern=SHA256)]
Time = Annotated[str, StringConstraints(pattern=TIME)]
Inside = Annotated[str, StringConstraints(pattern=NOT_BLANK), AfterValidator(_inside)]
InEvidence = Annotated[str, StringConstraints(pattern=BELOW_EVIDENCE), AfterValidator(_inside)]


class Reasoned(Part):
    """A row whose figures may be null with a reason beside them."""

    figures: ClassVar[tuple[str, ...]]
    """Names of those figures."""
    reason: Text | None
    """Why a figure is null, or is to be doubted; null where there is nothing to say."""

    @model_validator(mode="after")
    def _says_why(self) -> Reasoned:
        null = [name for name in self.figures if getattr(self, name) is None]
        if null and self.reason is None:
            raise PydanticCustomError(UNDEFINED, "{figure}", {"figure": null[0]})
        return self


class Absent(Part):
    """Stands where a value is not there."""

    status: Literal["not-granted", "not-applicable"]
    """`not-granted` (somebody could give it) or `not-applicable` (there is none)."""
    reason: Text
    """Why the value is not there."""


def _value_or_absent(value: Any) -> str:  # noqa: ANN401 - any value of a document
    return ABSENT if isinstance(value, dict) and not {"status", "reason"}.isdisjoint(value) else VALUE


def _text_or_list(value: Any) -> str:  # noqa: ANN401 - likewise
    return LIST if isinstance(value, list) else TEXT


def _text_or_switch(value: Any) -> str:  # noqa: ANN401 - likewise
    return SWITCH if isinstance(value, bool) else TEXT


T = TypeVar("T")
Given = Annotated[
    Annotated[T, Tag(VALUE)] | Annotated[Absent, Tag(ABSENT)],
    Discriminator(_value_or_absent),
]
"""A value, or why it is not there."""
Texts = Annotated[
    Annotated[Text, Tag(TEXT)] | Annotated[list[Text], Tag(LIST)],
    Discriminator(_text_or_list),
]
"""One text or several."""
YesNo = Annotated[
    Annotated[Text, Tag(TEXT)] | Annotated[bool, Tag(SWITCH)],
    Discriminator(_text_or_switch),
]
"""A statement, or just yes or no."""
