"""Keys and tokens are found wherever they stand, and nothing else is taken for one.

No token stands in this file: all are put together from random letters while the test runs.
"""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import lzma
import string
import struct
import time
import zipfile
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
import zstandard

from tasklaws.core.errors import BadInput
from tasklaws.dossier.packing.secret_kinds import KINDS
from tasklaws.dossier.packing.secrets_scan import BLOCK, refuse_secrets, secrets_in

if TYPE_CHECKING:
    from collections.abc import Callable

WORD = string.ascii_letters + string.digits
SMALL = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
BASE32 = string.ascii_uppercase + "234567"
SAFE = WORD + "_-"
RNG = np.random.default_rng(57)


def some(n: int, alphabet: str = WORD) -> str:
    return "".join(RNG.choice(list(alphabet), n))


def part(said: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def pem(kind: str) -> str:
    body = "\n".join(some(64) for _ in range(3))
    return f"-----BEGIN {kind}PRIVATE KEY-----\n{body}\n-----END {kind}PRIVATE KEY-----"


TOKENS: dict[str, Callable[[], str]] = {
    "OpenAI, old": lambda: "sk-" + some(20) + "T3Blbk" + "FJ" + some(20),
    "OpenAI, of a project": lambda: "sk-" + "proj-" + some(74, SAFE) + "T3Blbk" + "FJ" + some(74, SAFE),
    "OpenAI, of a service": lambda: "sk-" + "svcacct-" + some(58, SAFE) + "T3Blbk" + "FJ" + some(58, SAFE),
    "Anthropic": lambda: "sk-" + "ant-api03-" + some(93, SAFE) + "AA",
    "DeepSeek": lambda: "sk-" + some(32, HEX),
    "OpenRouter": lambda: "sk-" + "or-v1-" + some(64, HEX),
    "Langfuse": lambda: "sk-" + "lf-" + "-".join(some(n, HEX) for n in (8, 4, 4, 4, 12)),
    "LangSmith": lambda: "lsv2" + "_pt_" + some(32, HEX) + "_" + some(10, HEX),
    "Google": lambda: "AI" + "za" + some(35, SAFE),
    "Google OAuth": lambda: "GOC" + "SPX-" + some(28, SAFE),
    "AWS": lambda: "AK" + "IA" + some(16, BASE32),
    "AWS, for a session": lambda: "AS" + "IA" + some(16, BASE32),
    "AWS, secret": lambda: "aws_secret_" + "access_key = " + "9a" + some(38, WORD + "/+"),
    "Azure storage": lambda: "Account" + "Key=" + some(86, WORD + "/+") + "==",
    "Azure client": lambda: some(3) + "8" + "Q~" + some(34, WORD + "_-."),
    "Azure AI": lambda: some(52) + "JQQJ" + "99" + some(26),
    "GitHub": lambda: "gh" + "p_" + some(36),
    "GitHub, of an app": lambda: "gh" + "s_" + some(36),
    "GitHub, narrow": lambda: "github" + "_pat_" + some(22) + "_" + some(59),
    "GitLab": lambda: "gl" + "pat-" + some(20, SAFE),
    "Hugging Face": lambda: "h" + "f_" + some(34, string.ascii_letters),
    "Replicate": lambda: "r" + "8_" + some(37),
    "Groq": lambda: "gs" + "k_" + some(52),
    "xAI": lambda: "xa" + "i-" + some(80),
    "NVIDIA": lambda: "nv" + "api-" + some(64, SAFE),
    "Databricks": lambda: "da" + "pi" + some(32, HEX),
    "Slack": lambda: "xo" + "xb-" + some(12, string.digits) + "-" + some(12, string.digits) + "-" + some(24),
    "Slack, of an app": lambda: (
        "xa" + "pp-1-A" + some(10, BASE32) + "-" + some(13, string.digits) + some(64, HEX)
    ),
    "Slack, a webhook": lambda: (
        "https://hooks.slack" + ".com/services/T" + some(8) + "/B" + some(8) + "/" + some(24)
    ),
    "Stripe": lambda: "sk" + "_live_" + some(24),
    "Stripe, restricted": lambda: "rk" + "_live_" + some(99),
    "Twilio": lambda: "S" + "K" + some(32, HEX),
    "SendGrid": lambda: "S" + "G." + some(22, SAFE) + "." + some(43, SAFE),
    "npm": lambda: "np" + "m_" + some(36),
    "PyPI": lambda: "py" + "pi-AgEIcHlwaS5vcmc" + some(120, SAFE),
    "Docker": lambda: "dckr" + "_pat_" + some(27, SAFE),
    "DigitalOcean": lambda: "do" + "p_v1_" + some(64, HEX),
    "Vault": lambda: "hv" + "s." + some(90, SAFE),
    "age": lambda: "AGE-SECRET" + "-KEY-1" + some(58, BASE32),
    "JWT": lambda: part({"alg": "HS256", "typ": "JWT"}) + "." + part({"sub": some(9)}) + "." + some(43, SAFE),
    "private key": lambda: pem(""),
    "private key, RSA": lambda: pem("RSA "),
    "private key, encrypted": lambda: pem("ENCRYPTED "),
    "private key, OpenSSH": lambda: pem("OPENSSH "),
    "address": lambda: "postgresql://" + "audit:" + some(16) + "@db.internal:5432/runs",
    "bearer": lambda: "Authorization: " + "Bearer a1" + some(40, SAFE),
    "api_key": lambda: "API_" + "KEY=7f" + some(30),
    "api-key": lambda: '"x-api-' + 'key": "7f' + some(30) + '"',
    "client_secret": lambda: "client_" + "secret: '7f" + some(30, SAFE) + "'",
    "password": lambda: 'password = "7f' + some(18) + '"',
}


def put_json(folder: Path, token: str) -> tuple[Path, str]:
    path = folder / "a.json"
    path.write_text(json.dumps({"messages": [{"role": "user", "content": f"I use {token}, thanks"}]}))
    return path, "line 1, byte "


def put_toml(folder: Path, token: str) -> tuple[Path, str]:
    path = folder / "a.toml"
    path.write_text(f'name = "demo"\n\nnote = """\nsee\n{token}\n"""\n')
    return path, "line 5, byte "


def put_parquet(folder: Path, token: str) -> tuple[Path, str]:
    path = folder / "a.parquet"
    pl.DataFrame({"n": [1, 2, 3], "prompt": ["ab", None, f"said: {token} ."]}).write_parquet(path)
    return path, "row 3, column 'prompt'"


def put_eval(folder: Path, token: str) -> tuple[Path, str]:
    path = folder / "a.eval"
    sample = json.dumps({"input": "x", "output": [f"first\nsecond {token}"]}, indent=1)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as log:
        log.writestr("header.json", '{"eval": {}}')
        log.writestr("samples/1_epoch_1.json", sample)
    return path, "samples/1_epoch_1.json, line 4, byte "


@pytest.mark.parametrize("put", [put_json, put_toml, put_parquet, put_eval])
def test_tokens_of_every_format_are_found(tmp_path: Path, put: Callable[..., tuple[Path, str]]) -> None:
    for name, token in TOKENS.items():
        secret = token()
        path, place = put(tmp_path, secret)
        found = list(secrets_in(path, path.name))
        assert found, (name, secret)
        assert all(one.place.startswith(place) for one in found), (name, found)
        assert not [one for one in found if len(one.begins) > 4]


@pytest.mark.parametrize(
    "around",
    [
        "TOKEN={}",
        "a\n{}\nb",
        "\t{}",
        "\u001b[32m{}\u001b[0m",
        "?next=key%3D{}&",
        "'{}'",
        "`{}`",
        "({})",
        "\u00e9{}",
    ],
)
def test_tokens_are_found_after_an_escape(tmp_path: Path, around: str) -> None:
    for name in ("Anthropic", "GitHub", "Hugging Face", "JWT", "AWS", "private key"):
        text = around.format(TOKENS[name]())
        for times in range(3):  # as it is, in JSON, and in JSON that quotes JSON
            (tmp_path / "a.json").write_text(text)
            assert secrets_in(tmp_path / "a.json", "a.json"), (name, times)
            text = json.dumps({"content": text})


def test_every_kind_is_found_by_some_token() -> None:
    texts = [token().encode() for token in TOKENS.values() for _ in range(4)]
    named = {kind.name for kind in KINDS for text in texts if [*kind.find(text, text.lower())]}
    rare = {"Google OAuth token", "Azure shared access key", "Perplexity API key", "Together API key"}
    rare |= {"Stripe test key", "Stripe webhook secret"}
    rare |= {f"value of {name}" for name in ("apikey", "auth_token", "access_token", "api_token")}
    rare |= {f"value of {name}" for name in ("refresh_token", "secret_key", "passwd")}
    assert {kind.name for kind in KINDS} - named <= rare


HARMLESS = [
    "risk-" + some(40),
    "task-sk-short",
    some(64, HEX),
    "sha256:" + some(64, HEX),
    base64.b64encode(RNG.bytes(20_000)).decode(),
    base64.urlsafe_b64encode(RNG.bytes(20_000)).decode(),
    "gAAAAA" + "hf_".join(some(60, SAFE) for _ in range(50)),
    json.dumps({"sha256": some(64, HEX), "key_id": some(64, HEX), "seed": 123456789012345}),
    "OPENAI_API_KEY is not set; export OPENAI_API_KEY=your-api-key-here-12345",
    "api_key = os.environ['OPENAI_API_KEY_2']",
    'api_key="' + "x" * 40 + '1"',
    "sk-" + "x" * 48,
    "AKIA" + "IOSFODNN7" + "EXAMPLE",
    "gh" + "p_" + "0" * 36,
    'password = "tall-heron-41"',
    "max_tokens: 4096, token_limit=100000000000000000",
    "def opened(password: Ed25519PrivateKey) -> None: secret = Ed25519PrivateKey.generate()",
    'if text.startswith("-----BEGIN PRIVATE ' + 'KEY-----"):',
    "-----BEGIN PUBLIC KEY-----\n" + some(64) + "\n-----END PUBLIC KEY-----",
    "-----BEGIN CERTIFICATE-----\n" + some(64),
    "postgresql://user:password@localhost/db and https://$USER:${PASSWORD1}@host/",
    "https://example.org:8080/a@b and git@example.org:demo/demo.git",
    "secret = the word that the model was told to keep",
    "eyJ" + some(400),
    "SG.md and SKIPPED and xoxo and hf_hub_download_with_retries_and_resume",
    "Bearer of good news: an-ordinary-sentence-with-dashes",
]


def test_nothing_else_is_taken_for_a_secret(tmp_path: Path) -> None:
    for text in HARMLESS:
        for put in (put_json, put_toml, put_parquet, put_eval):
            path, _ = put(tmp_path, text)
            assert list(secrets_in(path, path.name)) == [], text


def test_the_repository_itself_holds_no_secret() -> None:
    here = Path(__file__).parent
    for path in (*here.glob("*.py"), *(here.parents[3] / "examples").rglob("*.toml")):
        assert list(secrets_in(path, path.name)) == [], path


def piece(path: Path, withheld: str | None = None) -> Any:
    return SimpleNamespace(file=path, name=f"notes/{path.name}", withheld=withheld)


def test_the_refusal_names_place_and_kind_and_never_the_secret(tmp_path: Path) -> None:
    token = TOKENS["GitHub"]()
    path = tmp_path / "a.md"
    path.write_text(f"first\nmy token is {token}\nand again {token}\n")
    with pytest.raises(BadInput) as caught:
        refuse_secrets([piece(path)])
    said = str(caught.value)
    assert (
        "1 secret stands in what would be packed: notes/a.md, line 2, byte 18: GitHub token (ghp_…)" in said
    )
    assert "[[withheld]]" in said
    assert token[:6] not in said
    refuse_secrets([piece(path, "confidential")])


def test_of_a_short_secret_less_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('password = "7f' + some(14) + '"')
    (found,) = secrets_in(path, "a.toml")
    assert found.begins == "7f"


def test_a_long_list_is_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("\n".join(TOKENS["GitHub"]() for _ in range(30)))
    with pytest.raises(BadInput, match=r"30 secrets stand .*; and 10 more") as caught:
        refuse_secrets([piece(path)])
    assert str(caught.value).count("GitHub token") == 20


def test_steering_characters_in_a_name_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "a\u202e.md"
    path.write_text(TOKENS["GitHub"]())
    with pytest.raises(BadInput) as caught:
        refuse_secrets([piece(path)])
    assert "\u202e" not in str(caught.value)


def test_packed_and_binary_files_are_searched_too(tmp_path: Path) -> None:
    token = TOKENS["Hugging Face"]()
    text = f"one\ntwo {token}\n".encode()
    streams = {
        "a.gz": gzip.compress(text),
        "a.bz2": bz2.compress(text),
        "a.xz": lzma.compress(text),
        "a.zst": zstandard.compress(b"another frame ") + zstandard.compress(text),
        "a.txt": text.decode().encode("utf-16"),
    }
    for name, content in streams.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "a.bin").write_bytes(RNG.bytes(999) + b"\0" + token.encode() + b"\0" + RNG.bytes(99))
    member = zstandard.compress(text)
    head = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 20, 0, 93, 0, 0, zlib.crc32(text), len(member), len(text), 1, 0
    )
    (tmp_path / "cut.eval").write_bytes(head + b"m" + member)
    nested = pl.DataFrame({"said": [["a"], [f"b {token}"]], "raw": [b"", token.encode()]})
    nested.write_parquet(tmp_path / "nested.parquet")
    pl.DataFrame({"model": ["x", token, token]}, schema={"model": pl.Categorical}).write_parquet(
        tmp_path / "categories.parquet"
    )
    places = {path.name: [one.place for one in secrets_in(path, "")] for path in tmp_path.iterdir()}
    assert [places[name] for name in ("a.gz", "a.bz2", "a.xz", "a.txt")] == [["line 2, byte 8"]] * 4
    assert places["a.zst"] == ["line 2, byte 22"]
    assert places["cut.eval"] == ["m, line 2, byte 8"]
    assert places["nested.parquet"] == ["row 2, column 'said'"]
    assert places["categories.parquet"] == ["row 2, column 'model'"]
    assert len(places["a.bin"]) == 1


def test_a_secret_across_two_blocks_is_found_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tasklaws.dossier.packing.secrets_scan.BLOCK", 1000)
    monkeypatch.setattr("tasklaws.dossier.packing.secrets_scan.OVERLAP", 100)
    assert BLOCK > 1000
    token = TOKENS["GitHub"]()
    for before in (940, 980, 999, 1940, 5000):
        text = ("ab\n" * 2000)[:before] + " " + token + "\n" * 500
        (tmp_path / "a.txt").write_text(text)
        (found,) = secrets_in(tmp_path / "a.txt", "a.txt")
        assert found.place == f"line {text[: before + 1].count(chr(10)) + 1}, byte {before + 1}"


@pytest.mark.parametrize(
    "name", ["39_truncated.parquet", "47_log_outside.eval", "49_log_bomb.eval", "39_log_cut.eval"]
)
def test_what_cannot_be_searched_is_not_packed(name: str) -> None:
    path = Path(__file__).parents[3] / "bad_inputs" / "files" / name
    with pytest.raises(BadInput, match="cannot be searched for keys and tokens"):
        refuse_secrets([piece(path)])
    with pytest.raises(BadInput, match="cannot be searched"):
        refuse_secrets([piece(path.with_name("not there"))])


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"x" * 99)[:-9],
        gzip.compress(b"x" * 99)[:9] + b"???",
        bz2.compress(b"x" * 99)[:-9],
        lzma.compress(b"x" * 99)[:-9] + b"?" * 9,
        zstandard.compress(b"x" * 99)[:6] + b"????????",
        b"PK\x03\x04 no zip",
        b"PAR1 no table",
        b"Rar!\x1a\x07",
    ],
    ids=["gz cut", "gz spoilt", "bz2 cut", "xz spoilt", "zst spoilt", "zip", "parquet", "rar"],
)
def test_damaged_files_are_refused_in_three_parts(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.bin").write_bytes(content)
    with pytest.raises(BadInput, match=r"notes/a\.bin cannot be searched") as caught:
        refuse_secrets([piece(tmp_path / "a.bin")])
    assert caught.value.need
    assert caught.value.way_out


def test_text_made_to_be_slow_is_not(tmp_path: Path) -> None:
    begun = time.process_time()
    for unit in ("sk-", "sk-" + "a" * 50, "eyJ" + "a" * 9 + ".", "-----BEGIN A ", "://a:", "api_key=", "a"):
        (tmp_path / "a.txt").write_text((unit * 100_000)[:100_000])
        assert list(secrets_in(tmp_path / "a.txt", "a.txt")) == []
    assert time.process_time() - begun < 2
