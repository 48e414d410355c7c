"""search: the nearest title of a small library is found. The tolerant tool among strict ones."""

from __future__ import annotations

from tasklaws.spec.sandbox import Outcome
from tasklaws.spec.tool import Strictness, Tool
from tasklaws.tools._outcomes import refused
from tasklaws.tools._tokens import tokens

TITLES = (
    "A Christmas Carol",
    "A Tale of Two Cities",
    "Alice's Adventures in Wonderland",
    "Anna Karenina",
    "Around the World in Eighty Days",
    "Crime and Punishment",
    "David Copperfield",
    "Don Quixote",
    "Dracula",
    "Emma",
    "Faust",
    "Frankenstein; or, The Modern Prometheus",
    "Great Expectations",
    "Gulliver's Travels",
    "Jane Eyre",
    "Journey to the Centre of the Earth",
    "Les Misérables",
    "Little Women",
    "Madame Bovary",
    "Middlemarch",
    "Moby-Dick; or, The Whale",
    "On the Origin of Species",
    "Pride and Prejudice",
    "Robinson Crusoe",
    "Sense and Sensibility",
    "The Adventures of Huckleberry Finn",
    "The Adventures of Sherlock Holmes",
    "The Adventures of Tom Sawyer",
    "The Brothers Karamazov",
    "The Count of Monte Cristo",
    "The Divine Comedy",
    "The Hound of the Baskervilles",
    "The Hunchback of Notre-Dame",
    "The Picture of Dorian Gray",
    "The Scarlet Letter",
    "The Strange Case of Dr Jekyll and Mr Hyde",
    "The Three Musketeers",
    "The Time Machine",
    "The War of the Worlds",
    "Treasure Island",
    "Twenty Thousand Leagues Under the Sea",
    "War and Peace",
    "Wuthering Heights",
)

LEAST = 60.0
"""Likeness, in percent, below which nothing counts as found."""

REFERENCES = (
    "pride and prejudice",
    "the adventures of sherlock holmes",
    "around the world in 80 days",
    "jekyll and hyde",
    "alice in wonderland",
    "twenty thousand leagues under the sea by Jules Verne",
    "a tale of two cities, Charles Dickens",
    "journey to the center of the earth",
    "the picture of Dorian Gray",
)


def use(call: str) -> Outcome:
    """Return the title that is most like the query."""
    from rapidfuzz import fuzz, process, utils

    found = process.extractOne(
        call, TITLES, scorer=fuzz.WRatio, processor=utils.default_process, score_cutoff=LEAST
    )
    return refused("nothing found") if found is None else Outcome("ok", found[0])


TOOL = Tool(
    "search",
    "find the nearest title of a small library",
    "RapidFuzz documentation, fuzz.WRatio",
    "published",
    REFERENCES,
    tokens,
    use,
    Strictness(0.222, 0.197, 0.249, 1000, "2026-11-22, RapidFuzz 3.14.6"),
    requires="Most letters of most words of a title; order, case and small mistakes are free.",
)
