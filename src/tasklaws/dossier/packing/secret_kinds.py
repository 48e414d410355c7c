"""What keys and tokens look like: formats as their makers publish them, and values given to telling names.

Entropy alone is no sign: a study is full of hashes. Every pattern begins with letters that are rare in other
text, which makes the search fast.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

DIFFERENT = 8
"""Different characters in a token at least; a row of x is none."""
BITS = 3.0
"""Bits per character at least of a value that is given to a telling name."""
LETTER, DIGIT = re.compile(rb"[A-Za-z]"), re.compile(rb"\d")
PLACEHOLDER = re.compile(
    rb"example|placeholder|change_?me|dummy|redacted|your[-_ ]|[-_]here|xxxx|<|\$|\{|\*\*|^passw|^secret",
    re.IGNORECASE,
)
"""What stands where a secret would, in instructions."""
BEFORE = re.compile(rb"(?:^|[^\w-]|\\[bfnrt]|\\u[0-9a-fA-F]{4}|%[0-9A-F]{2}|\[[0-9;]*m)$")
"""What ends right before a token: no letter, digit, dash or underscore, unless it is part of an escape."""
NEAR = 12


@dataclass(frozen=True)
class Kind:
    """One format of secrets."""

    name: str
    mark: bytes
    """Bytes that every one of them holds, and few other texts."""
    pattern: re.Pattern[bytes]
    """The secret is its group 1, or all of it."""
    assigned: bool = False
    """Whether only the name beside it tells a secret from other text."""
    inside: bool = False
    """Whether the mark may stand in the middle of a word."""

    def find(self, text: bytes, lowered: bytes) -> Iterator[tuple[int, bytes]]:
        """Yield place and bytes of every secret of this kind in `text`."""
        searched = lowered if self.assigned else text
        if self.mark not in searched:
            return
        for found in self.pattern.finditer(searched):
            start, end = found.span(found.re.groups)  # its group 1 where it has one
            value = text[start:end]
            if self._begins(text, found.start()) and self._is_one(value):
                yield start, value

    def _begins(self, text: bytes, start: int) -> bool:
        """Return whether a token begins at `start`, and is not part of a longer word."""
        return self.assigned or self.inside or bool(BEFORE.search(text[max(0, start - NEAR) : start]))

    def _is_one(self, value: bytes) -> bool:
        if PLACEHOLDER.search(value):
            return False
        return _looks_random(value) if self.assigned else len(set(value)) >= DIFFERENT


def _looks_random(value: bytes) -> bool:
    counts = Counter(value).values()
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
    return bits >= BITS and bool(LETTER.search(value) and DIGIT.search(value))


def _kind(name: str, mark: str, rest: str, *, inside: bool = False) -> Kind:
    return Kind(name, mark.encode(), re.compile((re.escape(mark) + rest).encode()), inside=inside)


def _assigned(name: str, between: str) -> Kind:
    """Return the kind of values that are given to `name`; one that is called like a function is none."""
    given = rf"""["'\\]{{0,4}}{between}([a-z0-9+/_.~=-]{{16,256}}+)(?!\()"""
    return Kind(f"value of {name}", name.encode(), re.compile((name + given).encode()), assigned=True)


WORD, URL_SAFE = "[A-Za-z0-9]", "[A-Za-z0-9_-]"
PRIVATE_KEY = r"(?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\s|\\+[nr])*[A-Za-z0-9+/:-]{8}"

PREFIXED = (
    _kind("Anthropic API key", "sk-ant-", rf"{URL_SAFE}{{32,}}"),
    _kind("OpenAI API key", "sk-", rf"{URL_SAFE}{{16,200}}?T3BlbkFJ{URL_SAFE}{{16,}}"),
    _kind("API key of an OpenAI-like service", "sk-", rf"{WORD}{{32,}}"),
    _kind("OpenRouter API key", "sk-or-", rf"{URL_SAFE}{{32,}}"),
    _kind("Langfuse secret key", "sk-lf-", r"[0-9a-f-]{36}"),
    _kind("LangSmith API key", "lsv2_", rf"[ps][tk]_{WORD}{{32}}_{WORD}{{8,}}"),
    _kind("Google API key", "AIza", rf"{URL_SAFE}{{35}}"),
    _kind("Google OAuth secret", "GOCSPX-", rf"{URL_SAFE}{{24,}}"),
    _kind("Google OAuth token", "ya29.", rf"{URL_SAFE}{{40,}}"),
    *(_kind("AWS access key", mark, r"[A-Z0-9]{16}(?![A-Za-z0-9])") for mark in ("AKIA", "ASIA", "ABIA")),
    _kind("Azure storage key", "AccountKey=", r"([A-Za-z0-9+/]{80,}={0,2})"),
    _kind("Azure shared access key", "SharedAccessKey=", r"([A-Za-z0-9+/]{40,}={0,2})"),
    _kind("Azure client secret", "Q~", r"[A-Za-z0-9_.~-]{31,34}", inside=True),
    _kind("Azure AI key", "JQQJ99", rf"{WORD}{{20,}}", inside=True),
    *(_kind("GitHub token", f"gh{letter}_", rf"{WORD}{{36,}}") for letter in "pousr"),
    _kind("GitHub token", "github_pat_", r"[A-Za-z0-9_]{60,}"),
    *(
        _kind("GitLab token", f"gl{kind}-", r"[A-Za-z0-9_.-]{20,}")
        for kind in ("pat", "dt", "ft", "rt", "ptt", "soat", "agent", "cbt", "imt", "oas")
    ),
    _kind("Hugging Face token", "hf_", rf"{WORD}{{30,}}"),
    _kind("Hugging Face token", "api_org_", rf"{WORD}{{30,}}"),
    _kind("Replicate token", "r8_", rf"{WORD}{{36,}}"),
    _kind("Groq API key", "gsk_", rf"{WORD}{{40,}}"),
    _kind("xAI API key", "xai-", rf"{WORD}{{60,}}"),
    _kind("Perplexity API key", "pplx-", rf"{WORD}{{40,}}"),
    _kind("Together API key", "tgp_v1_", rf"{URL_SAFE}{{40,}}"),
    _kind("NVIDIA API key", "nvapi-", rf"{URL_SAFE}{{60,}}"),
    _kind("Databricks token", "dapi", r"[0-9a-f]{32}"),
    _kind("Slack token", "xox", r"[abeoprs]-[A-Za-z0-9-]{20,}"),
    _kind("Slack token", "xapp-", r"[A-Za-z0-9-]{40,}"),
    _kind("Slack webhook", "hooks.slack.com/services/", r"T\w+/B\w+/\w{20,}"),
    *(_kind("Stripe key", f"{mark}_live_", rf"{WORD}{{20,}}") for mark in ("sk", "rk")),
    *(_kind("Stripe test key", f"{mark}_test_", rf"{WORD}{{20,}}") for mark in ("sk", "rk")),
    _kind("Stripe webhook secret", "whsec_", r"[A-Za-z0-9+/]{32,}"),
    _kind("Twilio key", "SK", r"[0-9a-f]{32}(?![A-Za-z0-9])"),
    _kind("SendGrid key", "SG.", rf"{URL_SAFE}{{20,24}}\.{URL_SAFE}{{40,}}"),
    _kind("npm token", "npm_", rf"{WORD}{{36,}}"),
    _kind("PyPI token", "pypi-AgE", rf"{URL_SAFE}{{50,}}"),
    _kind("Docker token", "dckr_pat_", rf"{URL_SAFE}{{20,}}"),
    _kind("DigitalOcean token", "dop_v1_", r"[0-9a-f]{64}"),
    _kind("Vault token", "hvs.", rf"{URL_SAFE}{{40,}}"),
    _kind("age secret key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{50,}"),
    _kind("JSON web token", "eyJ", rf"{URL_SAFE}{{8,}}\.eyJ{URL_SAFE}{{8,}}\.{URL_SAFE}{{20,}}"),
    _kind("private key", "-----BEGIN ", PRIVATE_KEY),
    _kind("private key", "PuTTY-User-Key-File-", r"\d: \S+"),
)
TELLING = (
    *("api_key", "api-key", "apikey", "access_key", "secret_key", "client_secret"),
    *("auth_token", "access_token", "api_token", "refresh_token"),
)
"""Names, in small letters, whose values are secrets where they look random."""
COMMON = ("secret", "password", "passwd")
"""Names that programs also give to other things: only a quoted value counts, or one right after ``=``."""
GIVEN = r"""\s{0,3}(?:=>|[:=])\s{0,3}["'\\]{0,4}"""
QUOTED = r"""(?:\s{0,3}(?:=>|[:=])\s{0,3}\\{0,3}["']|=)"""
KINDS = (
    *PREFIXED,
    Kind(
        "password in an address",
        b"://",
        re.compile(rb"""://[^\s/:@"'<>\\]{1,64}:([^\s/:@"'<>\\]{8,128})@[A-Za-z0-9\[]"""),
        inside=True,
    ),
    Kind("bearer token", b"bearer ", re.compile(rb"bearer ([a-z0-9+/_.~=-]{20,})"), assigned=True),
    *(_assigned(name, GIVEN) for name in TELLING),
    *(_assigned(name, QUOTED) for name in COMMON),
)
