"""RFC 8760: other algorithms than MD5 for SIP digests."""

import pytest

from sipcore.message.auth import parse_auth
from sipcore.registrar.digest_client import answer_challenge
from tests.support.registration import RegistrarBench, register


def challenges(bench: RegistrarBench, agent: bytes = b"") -> list[bytes]:
    extra = [b"User-Agent: " + agent] if agent else []
    return bench.send(register(extra=extra)).every(b"www-authenticate")


def test_each_algorithm_has_a_header_field_of_its_own() -> None:
    """§2.3: with the same realm; old clients take the first they understand."""
    found = [parse_auth(value)[1] for value in challenges(RegistrarBench())]

    assert [params[b"algorithm"] for params in found] == [b"MD5", b"SHA-256"]
    assert len({params[b"realm"] for params in found}) == 1


@pytest.mark.parametrize("place", [0, 1])
def test_either_is_accepted(place: int) -> None:
    """§2.4: the client chooses."""
    bench = RegistrarBench()
    value = answer_challenge(
        b"REGISTER", b"sip:doorline.test", [challenges(bench)[place]], "1001", "secret", b"c"
    )

    assert bench.send(register(extra=[b"Authorization: " + value])).status == 200


def test_the_response_has_the_length_of_its_algorithm() -> None:
    """§2.2: 64 digits for SHA-256; those of MD5 under that name are wrong."""
    bench = RegistrarBench()
    line = bench.credentials().replace(b"algorithm=MD5", b"algorithm=SHA-256")

    assert bench.send(register(extra=[line])).status == 403


@pytest.mark.parametrize("algorithm", [b"SHA-512-256", b"MD5-sess", b"none"])
def test_an_algorithm_that_was_not_offered_is_refused(algorithm: bytes) -> None:
    """§2.4: nothing is checked by another algorithm than the one named."""
    bench = RegistrarBench()
    line = bench.credentials().replace(b"algorithm=MD5", b"algorithm=" + algorithm)

    assert bench.send(register(extra=[line])).status == 400


def test_clients_that_give_up_at_sha_256_are_offered_md5_alone() -> None:
    """§2.3 leaves the set to the server."""
    assert len(challenges(RegistrarBench(), b"Akuvox R29")) == 1
