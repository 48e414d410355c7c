"""A small whole document of a dossier, made up: what each file of the package is tried on."""

from __future__ import annotations

from typing import Any

from tasklaws.core.provenance import sha256_hex
from tasklaws.dossier.rating.access_levels import KINDS

SUBJECT = (
    "version",
    "developer",
    "digest",
    "endpoint",
    "snapshot_date",
    "release_date",
    "architecture",
    "modalities",
    "dependencies",
)
INDEPENDENCE = (
    "payer",
    "fee_basis",
    "sales_separation",
    "developer_review_right",
    "publication_veto",
    "prior_relations",
    "staff_conflicts",
)
GRADES = ["A", "B", "C", "D", "E"]


def not_granted(reason: str = "dossier.toml does not say") -> dict[str, str]:
    return {"status": "not-granted", "reason": reason}


def share(value: float, lower: float, upper: float, n: int) -> dict[str, Any]:
    return {"value": value, "lower": lower, "upper": upper, "n": n, "reason": None}


def forecast(target: str, sha256: str) -> dict[str, Any]:
    return {
        "target": target,
        "sha256": sha256,
        "label": "forecast",
        "crps": 6.1,
        "mae": 9.2,
        "log_score": -1.3,
        "coverage": {"50": 0.52, "80": 0.81, "90": 0.9},
        "best_baseline": "b2_increment",
        "skill": 0.12,
        "n_tasks": 40,
        "n_surprises": 2,
    }


def made_up() -> dict[str, Any]:
    """Return a whole document: two rungs, two families, one opened forecast, a rater, no access."""
    sealed = sha256_hex(b"sealed")
    return {
        "kind": "tasklaws-dossier",
        "schema_version": 1,
        "dossier_id": "demo-0123456789ab",
        "edition": 1,
        "built_at": "2026-01-02T03:04:05+00:00",
        "code_version": "0.1.0+sha256:00000000",
        "study": {
            "name": "demo",
            "data_hash": sha256_hex(b"data"),
            "log_head": sha256_hex(b"log"),
            "log_entries": 4,
        },
        "subject": {"model": "large", **{name: not_granted() for name in SUBJECT}},
        "auditor": {"name": "Example Evaluations", "registration": not_granted(), "contact": not_granted()},
        "independence": {name: not_granted() for name in INDEPENDENCE},
        "roles": {
            "builder": not_granted(),
            "runner": not_granted(),
            "rater": {"name": "R. Ater", "key_id": sha256_hex(b"rater"), "public_key": "PEM"},
            "reviewer": not_granted(),
        },
        "access": {name: not_granted() for name in KINDS},
        "procedure": {
            "id": "tasklaws-foreseen",
            "version": "1.0.0",
            "sha256": sha256_hex(b"procedure"),
            "deviations": [],
        },
        "tasks": [
            {
                "family": family,
                "n_tasks": 20,
                "version": "1",
                "sha256": sha256_hex(family.encode()),
                "structure": "sequential",
                "tool_exactness": {"status": "not-applicable", "reason": "no tool"},
                "hardness_locked_at": not_granted("the tasks were never frozen"),
            }
            for family in ("add", "copy")
        ],
        "harness": [
            {
                "harness_id": "default",
                "n_attempts": 800,
                "token_limit": 64,
                "time_limit": not_granted(),
                "message_limit": not_granted(),
                "tools": not_granted(),
                "sandbox": not_granted(),
                "versions": not_granted(),
            }
        ],
        "elicitation": {
            "methods": [{"elicitation": "greedy", "n_attempts": 800, "tokens": 9000}],
            "best_of": {"status": "not-applicable", "reason": "one attempt each"},
            "person_hours": not_granted(),
            "stop_rule": not_granted(),
            "gap_estimate": {
                "model": "large",
                "gap": None,
                "lower": None,
                "upper": None,
                "reason": "one effort only",
            },
        },
        "ladder": [
            {
                "model": model,
                "lineage": "demo",
                "n_params": n_params,
                "loss_nats": loss,
                "loss_corpus": "held-out",
                "released": not_granted(),
                "source": "made up",
            }
            for model, n_params, loss in (("small", 1e6, 1.4), ("large", 4e6, 1.1))
        ],
        "preregistration": [
            {
                "target": "large",
                "file": "evidence/study/forecasts/large-01234567.json",
                "sha256": sealed,
                "label": "forecast",
                "sealed_seq": 1,
                "sealed_at": "2026-01-01T00:00:00+00:00",
                "outcome_seq": 2,
                "outcome_at": "2026-01-01T01:00:00+00:00",
                "code_version": "0.1.0+sha256:00000000",
                "anchor": "self-attested",
                "scored": True,
                "reason": None,
            }
        ],
        "results": [
            {
                "model": model,
                "family": family,
                "n_tasks": 20,
                "k": k,
                "n": 200,
                "score": k / 200,
                "lower": k / 200 - 0.06,
                "upper": k / 200 + 0.06,
                "reason": None,
            }
            for model, family, k in (
                ("small", "add", 40),
                ("small", "copy", 80),
                ("large", "add", 90),
                ("large", "copy", 150),
            )
        ],
        "forecast_scores": {
            "n_forecasts": 1,
            "n_targets": 1,
            "crps": 6.1,
            "mae": 9.2,
            "log_score": -1.3,
            "coverage": {
                "50": share(0.52, 0.36, 0.68, 40),
                "80": share(0.81, 0.65, 0.92, 40),
                "90": share(0.9, 0.76, 0.97, 40),
            },
            "skill": {
                "value": 0.12,
                "lower": -0.1,
                "upper": 0.3,
                "against": "the best baseline, with hindsight",
                "reason": None,
            },
            "surprises": {"n_tasks": 40, "n": 2, "share": 0.05, "lower": 0.01, "upper": 0.17},
            "forecasts": [forecast("large", sealed)],
        },
        "certificates": [
            {"family": "add", "lineage": "demo", "verdict": "forecastable", "because": ["smooth"]},
            {"family": "copy", "lineage": "demo", "verdict": "not_enough_data", "because": ["two rungs"]},
        ],
        "red_lines": {"status": "not-applicable", "reason": "the study has no redlines.toml"},
        "stress_tests": [
            {
                "scenario": "inference_compute_x10",
                "status": "computed",
                "effect": 6.0,
                "lower": 2.0,
                "upper": 11.0,
                "n_models": 2,
                "method": "effort curve",
                "reason": None,
            },
            {
                "scenario": "fine_tuning",
                "status": "not-granted",
                "effect": None,
                "lower": None,
                "upper": None,
                "n_models": 0,
                "method": None,
                "reason": "no model was tuned",
            },
        ],
        "rating": {
            "grade": "D",
            "means": "Little of it is foreseen.",
            "indicated": "C",
            "scale": {
                "id": "tasklaws-foreseen",
                "question": "How far can the next model be foreseen?",
                "silent_on": "Safety.",
                "grades": GRADES,
            },
            "drivers": [
                {
                    "name": "skill",
                    "title": "Skill of sealed forecasts",
                    "value": 0.12,
                    "lower": -0.1,
                    "upper": 0.3,
                    "used": -0.1,
                    "grade": "C",
                    "reason": "value",
                }
            ],
            "capped_by": [{"kind": "internals", "grade": "D", "reason": "not granted"}],
            "sensitivity": [{"change": "skill at its point estimate", "grade": "D"}],
            "unchecked": ["internals of the model"],
            "dissent": None,
            "lowered": None,
            "withdrawn": None,
        },
        "coverage": {"stream": [], "eu_code": [], "note": "The project's own reading, not conformance."},
        "limits": ["Two rungs only."],
        "incidents": [],
        "standards": [],
        "evidence": [
            {
                "path": "evidence/study/log.jsonl",
                "sha256": sha256_hex(b"log"),
                "bytes": 3,
                "media_type": "application/jsonl",
                "confidentiality": "public",
            }
        ],
        "withheld": [],
        "review": not_granted(),
        "history": [
            {
                "seq": 0,
                "at": "2026-01-02T03:04:05+00:00",
                "kind": "rated",
                "grade": "D",
                "reason": "first rating",
                "key_id": sha256_hex(b"rater"),
                "hash": sha256_hex(b"history"),
            }
        ],
    }
