"""json_call: a function is called by a JSON object, as models call functions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from tasklaws.spec.sandbox import Outcome
from tasklaws.spec.tool import Strictness, Tool
from tasklaws.tools._outcomes import refused
from tasklaws.tools._tokens import tokens

METRES = {"m": 1.0, "km": 1000.0, "mile": 1609.344, "foot": 0.3048}


class Function(BaseModel):
    """What all declared functions share: no argument that is not declared, and no other type."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AddDays(Function):
    """Return the date some days later."""

    function: Literal["add_days"]
    start: date
    days: int = Field(ge=-3660, le=3660)

    def result(self) -> str:
        """Return the date."""
        return (self.start + timedelta(days=self.days)).isoformat()


class Convert(Function):
    """Return a length in another unit."""

    function: Literal["convert"]
    amount: float
    unit: Literal["m", "km", "mile", "foot"]
    to: Literal["m", "km", "mile", "foot"]
    digits: int = Field(default=3, ge=0, le=9)

    def result(self) -> str:
        """Return the length and its unit."""
        return f"{self.amount * METRES[self.unit] / METRES[self.to]:.{self.digits}f} {self.to}"


class BookRoom(Function):
    """Book a room; what is booked is told back."""

    function: Literal["book_room"]
    name: str = Field(min_length=1, max_length=80)
    day: date
    guests: int = Field(ge=1, le=6)
    breakfast: bool = False
    wishes: list[Literal["quiet", "view", "bath", "ground floor"]] = []

    def result(self) -> str:
        """Return the booking in one line."""
        extras = [*("breakfast" for _ in range(self.breakfast)), *self.wishes]
        return f"{self.name}: {self.day} for {self.guests}; {', '.join(extras) or 'no extras'}"


CALL: TypeAdapter[AddDays | Convert | BookRoom] = TypeAdapter(
    Annotated[AddDays | Convert | BookRoom, Field(discriminator="function")]
)

REFERENCES = (
    '{"function": "add_days", "start": "2024-02-27", "days": 3}',
    '{"function": "add_days", "days": -45, "start": "2026-11-22"}',
    '{"function": "convert", "amount": 42.195, "unit": "km", "to": "mile"}',
    '{"function": "convert", "amount": 29029, "unit": "foot", "to": "m", "digits": 0}',
    '{"function": "book_room", "name": "Ada Lovelace", "day": "2026-12-10", "guests": 2}',
    '{"function": "book_room", "name": "Grace Hopper", "day": "2026-12-09", "guests": 1, "breakfast": true}',
    """\
{
  "function": "book_room",
  "name": "Emmy Noether",
  "day": "2027-03-23",
  "guests": 4,
  "breakfast": true,
  "wishes": ["quiet", "view"]
}
""",
    '{"function": "book_room", "name": "Sofia", "day": "2027-01-15", "guests": 3, "wishes": ["bath"]}',
)


def use(call: str) -> Outcome:
    """Check a call against the declared functions and carry it out."""
    try:
        return Outcome("ok", CALL.validate_json(call).result())
    except (ValidationError, ValueError, OverflowError) as error:
        return refused(error)


TOOL = Tool(
    "json_call",
    "call one of three declared functions by a JSON object",
    "RFC 8259; JSON Schema, as model providers use it for function calls",
    "published",
    REFERENCES,
    tokens,
    use,
    Strictness(0.827, 0.802, 0.850, 1000, "2026-11-22, pydantic 2.14.3"),
    requires="JSON with the declared names, types and values; white space and order are free.",
)
