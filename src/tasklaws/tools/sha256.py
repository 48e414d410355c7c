"""sha256: the digest of a text."""

from __future__ import annotations

import hashlib

from tasklaws.spec.sandbox import Outcome
from tasklaws.spec.tool import Strictness, Tool
from tasklaws.tools._outcomes import refused
from tasklaws.tools._tokens import tokens

REFERENCES = (
    "10 + 20 = 30",
    "abc, def",
    "The quick brown fox",
    "2024-10-23T00:00:00Z",
    "user@example.org",
    "pi is 3.14159265358979",
    "If two texts differ in one letter, half of the bits of their digests differ.",
    '{"name": "sha256", "rounds": 64, "block": 512}',
    "first line\nsecond line\nthird line\n",
)


def use(call: str) -> Outcome:
    """Return the digest of a text's UTF-8 bytes in hexadecimal."""
    try:
        return Outcome("ok", hashlib.sha256(call.encode()).hexdigest())
    except UnicodeEncodeError as error:
        return refused(error)


TOOL = Tool(
    "sha256",
    "return the SHA-256 digest of a text",
    "FIPS 180-4",
    "published",
    REFERENCES,
    tokens,
    use,
    Strictness(1.000, 0.996, 1.000, 1000, "2026-11-22, hashlib of Python 3.11.7"),
    requires="The text itself, character by character: another text has another digest.",
)
