"""RFC 6223: keep-alives that a phone asks for in its Via."""

import pytest

from tests.support.registration import FLOW, NOW, RegistrarBench, register, response_to

SENT_BY = b"SIP/2.0/UDP 192.0.2.10:5062"


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (
            b";rport;keep;branch=z9hG4bK1",
            b";received=192.0.2.10;rport=5062;keep=30;branch=z9hG4bK1",
        ),
        (b";branch=z9hG4bK1;keep", b";branch=z9hG4bK1;keep=30"),
        (b";branch=z9hG4bK1;keep=7", b";branch=z9hG4bK1;keep=7"),
        (b";branch=z9hG4bK1", b";branch=z9hG4bK1"),
    ],
)
def test_a_registration_is_told_how_often(asked: bytes, answered: bytes) -> None:
    """§4.4: the 200 has a value for `keep`, and only where it had none."""
    response = RegistrarBench().register(via=[SENT_BY + asked])

    assert (response.status, response.first(b"via")) == (200, SENT_BY + answered)


def test_a_challenge_promises_nothing() -> None:
    """§4.4: the willingness stands in a 2xx."""
    response = RegistrarBench().send(register(via=[SENT_BY + b";keep;branch=z9hG4bK1"]))

    assert (response.status, response.first(b"via")) == (401, SENT_BY + b";keep;branch=z9hG4bK1")


def test_a_refresh_is_told_again() -> None:
    """§4.1: negotiated anew by each request that refreshes the registration."""
    bench = RegistrarBench()
    assert bench.register(via=[SENT_BY + b";keep;rport;branch=z9hG4bK1"]).status == 200

    via = [SENT_BY + b";keep;rport;branch=z9hG4bK2"]
    request = register(cseq=2, via=via, extra=[bench.credentials()])
    quickly = bench.registrar.known.answer(request.raw, FLOW, NOW)
    said = quickly[0] if quickly else bench.registrar.handle(request, FLOW, NOW).reply

    assert b";keep=30;" in (response_to(said).first(b"via") or b"")
