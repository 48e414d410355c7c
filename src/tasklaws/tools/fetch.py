"""fetch: a page is asked for by its address.

The pages stand behind the one host ``planets.test``, which a server of our own plays on the loopback
address for the length of one call. No other host is ever spoken to.
"""

from __future__ import annotations

from contextlib import closing
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from socketserver import TCPServer
from threading import Thread
from urllib.parse import quote, urlsplit

from tasklaws.spec.sandbox import Outcome
from tasklaws.spec.tool import Strictness, Tool
from tasklaws.tools._outcomes import refused
from tasklaws.tools._planets import Handler
from tasklaws.tools._tokens import tokens

HOST = "planets.test"
LOOPBACK = "127.0.0.1"
SECONDS = 4.0

REFERENCES = (
    "http://planets.test/planets",
    "http://planets.test/planets/mars",
    "http://planets.test/planets/jupiter/moons",
    "http://planets.test/planets?sort=size",
    "http://planets.test/planets?sort=year&limit=3",
    "http://planets.test/planets/earth?unit=miles",
    "http://planets.test/planets/saturn/moons?limit=2#titan",
    "http://planets.test:80/planets/venus?unit=km&lang=en",
)


def use(call: str) -> Outcome:
    """Fetch the page at an address."""
    try:
        return _fetched(_target(call))
    except (ValueError, OSError, HTTPException) as error:
        return refused(error)


def _target(call: str) -> str:
    """Return path and query of an address; what stands behind ``#`` never leaves the reader's side."""
    address = urlsplit(call)
    if (address.scheme, address.hostname, address.port or 80) != ("http", HOST, 80):
        raise ValueError(f"{call!r:.80} is not an address of http://{HOST}/, the only host that is spoken to")
    query = f"?{address.query}" if address.query else ""
    return quote(f"{address.path or '/'}{query}", safe="/?=&;%+,:@!$'()*~")


def _fetched(target: str) -> Outcome:
    with TCPServer((LOOPBACK, 0), Handler) as server:
        server.timeout = SECONDS
        serving = Thread(target=server.handle_request)
        serving.start()
        try:
            return _answer(server.server_address[1], target)
        finally:
            serving.join()


def _answer(port: int, target: str) -> Outcome:
    with closing(HTTPConnection(LOOPBACK, port, timeout=SECONDS)) as connection:
        connection.request("GET", target, headers={"Host": HOST})
        response = connection.getresponse()
        body = response.read().decode()
    return Outcome("ok", body) if response.status == HTTPStatus.OK else refused(f"status {response.status}")


TOOL = Tool(
    "fetch",
    "fetch a page of a small site by its address",
    "RFC 3986 and RFC 9110",
    "published",
    REFERENCES,
    tokens,
    use,
    Strictness(0.953, 0.938, 0.965, 1000, "2026-11-22, http.client of Python 3.11.7"),
    requires="An exact address; case of the host, unknown parameters and what stands behind # are free.",
)
