"""What stands before every page: who may ask, and how an answer is to be held.

The viewer listens on this machine only. Other users of it lack the token, which is part of every address;
other sites that the reader's browser has open cannot read an answer, and one that gives itself out for this
machine (DNS rebinding) is told by the name of the host that it asks for.
"""

from __future__ import annotations

from secrets import compare_digest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

READS = ("GET", "HEAD")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""Scripts are the two of the charts; the drawing library writes styles of its own."""
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"cache-control": b"no-store",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"x-robots-tag": b"noindex",
}


class Guard:
    """Lets pass what has the token and asks for this host; takes the token off the path."""

    def __init__(self, app: ASGIApp, token: str, port: int) -> None:
        """Guard `app`, which is served at `port`."""
        self._app = app
        self._token = token.encode()
        self._hosts = frozenset(f"{name}:{port}".encode() for name in ("127.0.0.1", "localhost"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the question on."""
        if scope["type"] != "http":
            return
        first, _, rest = str(scope["path"]).removeprefix("/").partition("/")
        hosts = [value.lower() for name, value in scope["headers"] if name.lower() == b"host"]
        known = compare_digest(first.encode("utf-8", "surrogatepass"), self._token)
        if not known or len(hosts) != 1 or hosts[0] not in self._hosts:
            await _refuse(send, 404, b"Not Found", {})
        elif scope["method"] not in READS:
            await _refuse(send, 405, b"Method Not Allowed", {b"allow": ", ".join(READS).encode()})
        else:
            inner = {**scope, "path": f"/{rest}", "raw_path": b"", "root_path": ""}
            await self._app(inner, receive, _held(send))


def _held(send: Send) -> Send:
    """Return `send` with the headers of every answer; those that a page states itself stand."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            stated = {name.lower() for name, _ in message["headers"]}
            more = [(name, value) for name, value in HEADERS.items() if name not in stated]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return sending


async def _refuse(send: Send, status: int, body: bytes, more: Mapping[bytes, bytes]) -> None:
    headers = {b"content-type": b"text/plain; charset=utf-8", b"content-length": str(len(body)).encode()}
    start = {"type": "http.response.start", "status": status}
    await send({**start, "headers": list({**HEADERS, **headers, **more}.items())})
    await send({"type": "http.response.body", "body": body})
