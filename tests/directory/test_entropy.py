"""What is drawn."""

import re
from collections import Counter

import pytest

from directory.entropy import SystemEntropy

DRAWS = SystemEntropy()


@pytest.mark.parametrize("count", [1, 6, 10])
def test_digits_do_not_begin_with_zero(count: int) -> None:
    drawn = [DRAWS.digits(count) for _ in range(200)]

    assert [text for text in drawn if not re.fullmatch(rf"[1-9][0-9]{{{count - 1}}}", text)] == []


@pytest.mark.parametrize("length", [1, 16, 20, 64])
def test_passwords_are_letters_and_digits_of_the_length_asked_for(length: int) -> None:
    drawn = [DRAWS.password(length) for _ in range(200)]

    assert [text for text in drawn if not re.fullmatch(rf"[A-Za-z0-9]{{{length}}}", text)] == []


def test_every_letter_and_digit_comes_up_about_as_often() -> None:
    counts = Counter(DRAWS.password(62_000))

    # A thousand each; five standard deviations are 157.
    assert len(counts) == 62
    assert max(abs(count - 1000) for count in counts.values()) < 200


def test_tokens_have_256_bits_and_fit_a_path() -> None:
    drawn = {DRAWS.token() for _ in range(100)}

    assert len(drawn) == 100
    assert [token for token in drawn if not re.fullmatch(r"[A-Za-z0-9_-]{43}", token)] == []
