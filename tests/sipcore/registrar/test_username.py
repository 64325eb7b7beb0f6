"""Whom credentials name."""

import pytest

from sipcore.registrar.hashes import HASHES
from sipcore.registrar.username import username_of
from tests.support.registration import DOMAIN, register


def named(params: dict[bytes, bytes], algorithm: str = "MD5", user: str = "1001") -> str | None:
    return username_of(register(user), params, DOMAIN, algorithm)


def test_a_plain_name_is_the_account() -> None:
    assert named({b"username": b"1001"}) == "1001"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (b"UTF-8''J%C3%A4s%C3%B8n", "Jäsøn"),
        (b"utf-8'en'1001", "1001"),
        (b"ISO-8859-1''J%E4s", None),
        (b"UTF-8''%FF", None),
        (b"1001", None),
    ],
)
def test_extended_notation_is_decoded(written: bytes, name: str | None) -> None:
    assert named({b"username*": written}) == name


@pytest.mark.parametrize("params", [{}, {b"username": b"a", b"username*": b"UTF-8''a"}])
def test_there_is_one_name_and_not_two(params: dict[bytes, bytes]) -> None:
    assert named(params) is None


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_a_hashed_name_is_that_of_the_aor_or_nobody(algorithm: str) -> None:
    hashed = HASHES[algorithm](f"1001:{DOMAIN}".encode())
    params = {b"username": hashed, b"userhash": b"true"}

    assert (named(params, algorithm), named(params, algorithm, "1002")) == ("1001", "")


def test_a_hashed_name_is_never_written_in_extended_notation() -> None:
    assert named({b"username*": b"UTF-8''1001", b"userhash": b"true"}) is None
