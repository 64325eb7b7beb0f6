"""Whoever stands in for accounts that do not exist."""

import pytest

from sipcore.registrar.credential import Nobody


@pytest.mark.parametrize(("algorithm", "digits"), [("MD5", 32), ("SHA-256", 64)])
def test_nobody_has_a_secret_that_nobody_knows(algorithm: str, digits: int) -> None:
    nobody, other = Nobody(b"filler"), Nobody(b"another")

    assert not nobody.enabled
    assert nobody.user == ""
    assert len(nobody.ha1(algorithm)) == digits
    assert nobody.ha1(algorithm) == Nobody(b"filler").ha1(algorithm)
    assert nobody.ha1(algorithm) != other.ha1(algorithm)
