"""sha_of: one strict call, whose success is a power of the success of a letter."""

from __future__ import annotations

import hashlib

import pytest

from tasklaws.families.sha_of import FAMILY, FRAME, digest
from tasklaws.spec.agent import Agent
from tasklaws.theory.exact import evaluate


def test_digest_is_the_published_one() -> None:
    # FIPS 180-2, appendix B.1 and B.2
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    two_blocks = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
    assert digest(two_blocks) == "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"


@pytest.mark.parametrize("size", FAMILY.sizes)
def test_size_is_the_length_of_the_word(size: int) -> None:
    for instance in FAMILY.instances(size, 3):
        word = instance.inputs["word"]
        assert len(word) == size
        assert instance.answer == hashlib.new("sha256", word.encode()).hexdigest()


def test_success_is_a_power_of_the_length() -> None:
    agent = Agent("any", {"general": 0.03})
    for size in FAMILY.sizes:
        assert evaluate(FAMILY.plan(size), agent).success == pytest.approx(0.97 ** (FRAME + size))


def test_a_wrong_letter_leaves_nothing_of_the_digest() -> None:
    """Formal model, P6: the answer to a wrong word is as near to the right one as any digest is."""
    from tasklaws.metrics import METRICS
    from tasklaws.spec.transcript import Attempt

    near, far = [], []
    asked = FAMILY.instances(7, 300)
    for instance, other in zip(asked, asked[1:] + asked[:1], strict=True):
        word = instance.inputs["word"]
        mutated = ("b" if word[0] == "a" else "a") + word[1:]
        score = METRICS["token_accuracy"].score
        near.append(score(instance, [Attempt(digest(mutated))]))
        far.append(score(instance, [Attempt(other.answer)]))
    # of 300 x 64 digits, each right one time in 16
    error = (1 / 16 * 15 / 16 / (300 * 64)) ** 0.5
    assert sum(near) / 300 == pytest.approx(1 / 16, abs=4 * error)
    assert sum(far) / 300 == pytest.approx(1 / 16, abs=4 * error)


def test_compact_rendering_is_that_of_the_embedded_ladder() -> None:
    instance = FAMILY.instance(3, 0)
    path = FAMILY.path("call")
    assert FAMILY.compact(instance) == f"H{instance.inputs['word']}>"
    assert path.compact is not None
    assert path.compact(instance) == f"print(sha256('{instance.inputs['word']}'))"
