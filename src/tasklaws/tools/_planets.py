"""The small site that `fetch` asks: pages about planets, and a server that serves one of them."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, unquote, urlsplit

PLANETS: dict[str, tuple[int, int, tuple[str, ...]]] = {
    "mercury": (4879, 88, ()),
    "venus": (12104, 225, ()),
    "earth": (12756, 365, ("moon",)),
    "mars": (6792, 687, ("phobos", "deimos")),
    "jupiter": (142984, 4331, ("io", "europa", "ganymede", "callisto")),
    "saturn": (120536, 10747, ("titan", "rhea", "iapetus")),
}
"""Name -> diameter in kilometres, days of a year, moons."""

COLUMNS = {"size": 0, "year": 1}
KILOMETRES = {"km": 1.0, "miles": 1.609344}


class NoPageError(LookupError):
    """No page stands at this address."""


def page(address: str) -> str:
    """Return the page at a path with its query; parameters that it does not know are not looked at.

    Raises:
        NoPageError: there is none.
    """
    split = urlsplit(address)
    asked = dict(parse_qsl(split.query))
    match unquote(split.path).split("/"):
        case ["", "planets"]:
            return "\n".join(_first(_sorted(asked.get("sort", "")), asked))
        case ["", "planets", name] if name in PLANETS:
            return _facts(name, asked.get("unit", "km"))
        case ["", "planets", name, "moons"] if name in PLANETS:
            return "\n".join(_first(PLANETS[name][2], asked))
        case _:
            raise NoPageError(split.path)


def _sorted(by: str) -> tuple[str, ...]:
    if by not in {"", *COLUMNS}:
        raise NoPageError(by)
    return tuple(sorted(PLANETS, key=lambda name: PLANETS[name][COLUMNS[by]]) if by else PLANETS)


def _first(names: tuple[str, ...], asked: dict[str, str]) -> tuple[str, ...]:
    limit = asked.get("limit", "10")
    if not (limit.isascii() and limit.isdigit()):
        raise NoPageError(limit)
    return names[: int(limit[:4])]


def _facts(name: str, unit: str) -> str:
    if unit not in KILOMETRES:
        raise NoPageError(unit)
    across, year, moons = PLANETS[name]
    return f"{name}: {across / KILOMETRES[unit]:.0f} {unit} across, a year of {year} days, {len(moons)} moons"


class Handler(BaseHTTPRequestHandler):
    """Answers with a page, or with 404."""

    timeout = 4.0

    def do_GET(self) -> None:
        """Serve one page."""
        try:
            status, body = 200, page(self.path).encode()
        except (NoPageError, ValueError):
            status, body = 404, b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no log."""
