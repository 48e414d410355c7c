"""sqlite: a query is put to a small database in memory, and its rows are the result."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tasklaws.spec.sandbox import Outcome
from tasklaws.spec.tool import Strictness, Tool
from tasklaws.tools._outcomes import refused
from tasklaws.tools._tokens import tokens

DATABASE = """
CREATE TABLE rivers (name TEXT, length_km INTEGER, mouth TEXT);
INSERT INTO rivers VALUES ('Nile', 6650, 'Mediterranean'), ('Amazon', 6400, 'Atlantic'),
    ('Yangtze', 6300, 'Pacific'), ('Danube', 2850, 'Black Sea'), ('Rhine', 1233, 'Atlantic'),
    ('Ebro', 930, 'Mediterranean'), ('Congo', 4700, 'Atlantic'), ('Mekong', 4350, 'Pacific');
CREATE TABLE towns (name TEXT, river TEXT, people INTEGER);
INSERT INTO towns VALUES ('Cairo', 'Nile', 10100000), ('Khartoum', 'Nile', 6300000),
    ('Manaus', 'Amazon', 2200000), ('Wuhan', 'Yangtze', 12300000), ('Vienna', 'Danube', 2000000),
    ('Budapest', 'Danube', 1700000), ('Basel', 'Rhine', 180000), ('Cologne', 'Rhine', 1080000),
    ('Zaragoza', 'Ebro', 680000), ('Kinshasa', 'Congo', 17000000), ('Phnom Penh', 'Mekong', 2300000);
"""
READING = {
    sqlite3.SQLITE_SELECT,
    sqlite3.SQLITE_READ,
    sqlite3.SQLITE_FUNCTION,
    sqlite3.SQLITE_RECURSIVE,
}
"""What a query may do. Everything else is refused: files, settings, changes."""

MOST_STEPS = 5_000
"""Thousands of instructions of SQLite's machine; a count, so that the same query always ends alike."""

LONGEST = 100_000
"""Characters of a value and of the result."""

REFERENCES = (
    "SELECT max(length_km) FROM rivers",
    "SELECT name FROM towns WHERE people > 9000000 ORDER BY name",
    "SELECT mouth, count(*) FROM rivers GROUP BY mouth ORDER BY mouth",
    "SELECT people FROM towns WHERE name = 'Vienna'",
    "SELECT upper(name) FROM rivers WHERE name LIKE 'R%'",
    (
        "SELECT t.name, r.length_km FROM towns t JOIN rivers r ON t.river = r.name "
        "WHERE r.mouth = 'Atlantic' ORDER BY t.people DESC LIMIT 3"
    ),
    "SELECT river, sum(people) AS total FROM towns GROUP BY river HAVING total > 3000000 ORDER BY total DESC",
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20) SELECT sum(i * i) FROM n",
    (
        "SELECT name FROM rivers WHERE name NOT IN (SELECT river FROM towns WHERE people < 2000000) "
        "AND length_km BETWEEN 2000 AND 6500 ORDER BY length_km"
    ),
)


def use(call: str) -> Outcome:
    """Run one query that only reads."""
    try:
        with closing(_database()) as database:
            return _rows(database.execute(call))
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        return Outcome("timeout") if str(error) == "interrupted" else refused(error)


def _database() -> sqlite3.Connection:
    """Return the database with its limits; no limit counts the time that a machine takes."""
    database = sqlite3.connect(":memory:")
    database.executescript(DATABASE)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST)
    database.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100)
    database.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in READING else sqlite3.SQLITE_DENY
    )
    left = iter(range(MOST_STEPS))
    database.set_progress_handler(lambda: next(left, None) is None, 1_000)
    return database


def _rows(cursor: sqlite3.Cursor) -> Outcome:
    """Return one line a row, its values between bars; a result that grows too long is cut off."""
    lines: list[str] = []
    length = 0
    for row in cursor:
        lines.append("|".join("" if value is None else str(value) for value in row))
        length += len(lines[-1]) + 1
        if length > LONGEST:
            return Outcome("output_cap", "\n".join(lines))
    return Outcome("ok", "\n".join(lines))


TOOL = Tool(
    "sqlite",
    "put a query to a small database and return its rows",
    "SQLite documentation, SQL as understood by SQLite",
    "published",
    REFERENCES,
    tokens,
    use,
    Strictness(0.997, 0.991, 0.999, 1000, "2026-11-22, SQLite 3.40.1"),
    requires="One statement with the right words, names, signs and values; case and white space are free.",
)
