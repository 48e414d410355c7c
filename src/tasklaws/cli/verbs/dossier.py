"""`tasklaws dossier`: a study made fit for an auditor, by the word that follows it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tasklaws.cli.tables import table
from tasklaws.cli.verb import Result, study_argument, verb, with_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tasklaws.core.progress import Progress

HASH = 16
FILE = click.Path(path_type=Path)

folder_argument = click.argument("folder", metavar="DIR", type=FILE)


def _pairs(
    _context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> list[tuple[Any, Path]]:
    """Read ROLE=FILE; a role may be left out where the option allows it."""
    pairs: list[tuple[Any, Path]] = []
    for value in values:
        role, sign, path = value.rpartition("=")
        if option.name == "sign" and not sign:
            raise click.BadParameter(f"{value!r} is not ROLE=FILE, such as rater=rater.pem.")
        pairs.append((role or None, Path(path)))
    return pairs


def _grade(document: dict[str, Any]) -> Iterator[str]:
    said = document["grade"] or f"none ({document['reason']})"
    yield f"grade {said}" + (f", {document['indicated']} by its figures" if "indicated" in document else "")
    rows = [
        {"kind": cap["kind"], "at most": cap["grade"], "because": cap["reason"]}
        for cap in document["capped_by"]
    ]
    yield from table(rows, ("kind", "at most", "because"), 100)


def _built(document: dict[str, Any]) -> Iterator[str]:
    yield from _grade(document)
    yield (
        f"{document['path']}: edition {document['edition']} of {document['dossier_id']}, "
        f"{document['evidence']} files of evidence, {document['bytes']} bytes"
    )
    yield from document["left_behind"]
    if document["withheld"]:
        yield f"{document['withheld']} files withheld; keep their salts, which lie in {document['salts']}"
    if document["awaiting"]:
        roles = ", ".join(document["awaiting"])
        yield f"still to sign: {roles} (tasklaws dossier sign DIR --as ROLE --key FILE)"
    yield f"fingerprint {document['fingerprint']}"


def _verified(document: dict[str, Any]) -> Iterator[str]:
    for failure in document["failures"]:
        yield f"{failure['file']}: {failure['reason']}"
        yield f"  expected  {failure['expected']}"
        yield f"  found     {failure['found']}"
    if not document["ok"]:
        n = len(document["failures"])
        yield f"does not verify: {n} {'place differs' if n == 1 else 'places differ'}"
        return
    yield f"verifies: {document['dossier_id']}, edition {document['edition']}, model {document['model']}"
    for role, key in document["signed_by"].items():
        known = "a key you gave" if role in document["trusted"] else "a key that nobody vouched for"
        yield f"signed by the {role}: {key[:HASH]} ({known})"
    if not document["signed_by"]:
        yield "nobody signed it: self-attested"
    yield f"worked out again: {', '.join(document['recomputed'])}"
    for anchor, n in Counter(row["anchor"] for row in document["seals"]).items():
        yield f"seals: {n} {anchor}"
    for row in document["left"]:
        yield f"not worked out again: {row['block']} ({row['reason']})"
    if document["withheld"]:
        n, shown = len(document["withheld"]), len(document["proven"])
        yield f"withheld: {n} files, {shown} of them shown and right"
    yield from _grade(document)
    yield f"fingerprint {document['fingerprint']}"


@verb(
    "dossier build",
    brief="Make the dossier of a study.",
    wording=_built,
    example="tasklaws dossier build study/ --into dossier/ --sign rater=rater.pem",
)
@study_argument
@click.option("--into", required=True, metavar="DIR", type=FILE, help="The folder of the dossier.")
@click.option("--procedure", type=FILE, help="A rating procedure; by default the one that ships.")
@click.option(
    "--sign", multiple=True, metavar="ROLE=FILE", callback=_pairs, help="Sign now with this private key."
)
@click.option("--reason", metavar="TEXT", help="Why there is a new edition.")
def build(progress: Progress, study: Path, into: Path, **options: Any) -> Result:  # noqa: ANN401
    """Make the dossier of STUDY: evidence, figures that follow from it, a rating, and who stands for it.

    What a study cannot know is read from its dossier.toml (examples/dossier.toml has every key); what that
    does not say counts as not granted, and what was not granted caps the grade.
    """
    from tasklaws.dossier.build import dossier_build

    options["sign"] = dict(options["sign"])
    return dossier_build(study, into, progress=progress, **options)


@verb(
    "dossier verify",
    brief="Check a dossier from its folder alone.",
    wording=_verified,
    example="tasklaws dossier verify dossier/ --key rater=rater.pem.pub",
)
@folder_argument
@click.option(
    "--key", "keys", multiple=True, metavar="[ROLE=]FILE", callback=_pairs,
    help="A public key you trust; keys in the folder prove nothing.",
)  # fmt: skip
@click.option("--revealed", type=FILE, metavar="DIR", help="Withheld files that were shown, with salts.json.")
@click.option(
    "--earlier", type=FILE, metavar="DIR", help="An earlier edition, whose ratings must still stand."
)
@click.option("--trust", multiple=True, type=FILE, help="Keys or roots that anchors of time may rest on.")
@click.option("--full", is_flag=True, help="Work out also the figures that take longer.")
def verify(progress: Progress, folder: Path, **options: Any) -> Result:  # noqa: ANN401
    """Check the dossier in DIR, offline: its schema, hashes, signatures, seals, history and figures.

    The exit code is 3 where anything differs; the file and both hashes are named.
    """
    from tasklaws.dossier.verify import dossier_verify

    return dossier_verify(folder, progress=progress, **options)


def _signed(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['path']}: signed by the {document['role']}, key {document['key_id'][:HASH]}"


@verb(
    "dossier sign",
    brief="Stand for a dossier in a role.",
    wording=_signed,
    example="tasklaws dossier sign dossier/ --as reviewer --key reviewer.pem",
)
@folder_argument
@click.option("--as", "role", required=True, metavar="ROLE", help="builder, runner, rater or reviewer.")
@click.option("--key", required=True, type=FILE, help="The private key of the role.")
def sign(_progress: Progress, folder: Path, role: str, key: Path) -> Result:
    """Sign the dossier in DIR in a role that it names."""
    from tasklaws.dossier.signing import dossier_sign

    return dossier_sign(folder, role, key)


def _rated(document: dict[str, Any]) -> Iterator[str]:
    yield from _grade(document)
    rows = [{name: row[name] for name in ("at", "kind", "grade", "reason")} for row in document["history"]]
    yield from table(rows, ("at", "kind", "grade", "reason"), 100)
    if document["awaiting"]:
        yield f"still to sign this edition: {', '.join(document['awaiting'])}"
    yield f"fingerprint {document['fingerprint']}"


@verb(
    "dossier rate",
    brief="Lower, restore or withdraw a rating.",
    wording=_rated,
    example="tasklaws dossier rate dossier/ --key rater.pem --reason 'a leak of test items' --lower-to D",
)
@folder_argument
@click.option("--key", required=True, type=FILE, help="The rater's private key.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stays in the history.")
@click.option("--lower-to", metavar="GRADE", help="A grade below what the procedure gives.")
@click.option("--withdraw", is_flag=True, help="Take the rating back; it stays visible.")
def rate(_progress: Progress, folder: Path, key: Path, **options: Any) -> Result:  # noqa: ANN401
    """Change the rating of the dossier in DIR; without an option the grade is what the procedure gives."""
    from tasklaws.dossier.rerate import dossier_rate

    return dossier_rate(folder, key, **options)


def _made(document: dict[str, Any]) -> Iterator[str]:
    yield f"{document['private']}: private, for its owner alone"
    yield f"{document['public']}: public, key {document['key_id']}"


@verb(
    "dossier key",
    brief="Make a pair of keys for a role.",
    wording=_made,
    example="tasklaws dossier key rater.pem",
)
@click.argument("file", type=FILE)
def key(_progress: Progress, file: Path) -> Result:
    """Make a private key in FILE and its public part in FILE.pub."""
    from tasklaws.dossier.signing import dossier_key

    return dossier_key(file)


def _anchored(document: dict[str, Any]) -> Iterator[str]:
    for name, value in document.items():
        yield f"{name}: {value}"


@verb(
    "dossier anchor",
    brief="Let others vouch for the time of seals.",
    wording=_anchored,
    example="tasklaws dossier anchor study/ --with git_tag --repository .",
)
@study_argument
@click.option("--with", "kind", required=True, metavar="KIND", help="git_tag, rfc3161 or sigstore.")
@click.option("--url", help="Address of a time-stamping authority.")
@click.option("--request", type=FILE, help="Only write the request for an authority to this file.")
@click.option("--reply", type=FILE, help="A reply that an authority gave.")
@click.option("--repository", type=FILE, help="A git repository; by default that of the study.")
@click.option("--tag", help="Name of the tag.")
def anchor(_progress: Progress, study: Path, kind: str, **options: Any) -> Result:  # noqa: ANN401
    """Let somebody outside vouch that the log of STUDY, with all its seals, stood now."""
    from tasklaws.anchoring.verb import dossier_anchor

    return dossier_anchor(study, kind, **options)


@verb(
    "dossier",
    brief="Build, sign or verify an auditor's dossier.",
    wording=_verified,
    example="tasklaws dossier verify dossier/",
)
@folder_argument
def _overview(progress: Progress, folder: Path) -> Result:
    """Check the dossier in DIR, or do what a word before it says.

    \b
    tasklaws dossier build STUDY --into DIR     evidence, figures and a rating
    tasklaws dossier verify DIR [--key FILE]    check all of it, offline
    tasklaws dossier sign DIR --as ROLE ...     stand for it in a role
    tasklaws dossier rate DIR --reason ...      lower, restore or withdraw the rating
    tasklaws dossier key FILE                   a pair of keys
    tasklaws dossier anchor STUDY --with KIND   let others vouch for the time of seals

    Each has a --help of its own.
    """  # noqa: D301  the backspace tells click to leave the lines as they are
    from tasklaws.dossier.verify import dossier_verify

    return dossier_verify(folder, progress=progress)


command = with_words(_overview, build=build, verify=verify, sign=sign, rate=rate, key=key, anchor=anchor)
