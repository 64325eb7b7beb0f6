"""Which challenges are answered, and which are in vain."""

import pytest

from sipcore.message.demands import MOST, NO_DEMANDS, Demands
from sipcore.message.message import Response, parse


def challenge(status: int, *params: str) -> Response:
    """A 401 or 407 with a challenge for each of these."""
    name = "WWW" if status == 401 else "Proxy"
    lines = [f"{name}-Authenticate: {each}" for each in params]
    parsed = parse("\r\n".join((f"SIP/2.0 {status} X", *lines, "", "")).encode())
    assert isinstance(parsed, Response)
    return parsed


def digest(nonce: str, stale: str = "") -> str:
    return f'Digest realm="r", nonce="{nonce}"' + (f", stale={stale}" if stale else "")


FIRST = challenge(401, digest("a"))


def asked(*challenges: Response) -> Demands:
    """What stands after these."""
    demands = NO_DEMANDS
    for each in challenges:
        joined = demands.joined_by(each)
        assert joined is not None
        demands = joined
    return demands


def test_the_first_challenge_of_each_kind_is_answered() -> None:
    proxy = challenge(407, digest("p"))

    assert asked(FIRST, proxy).standing == ((FIRST, 2), (proxy, 1))
    assert asked(proxy, FIRST).standing == ((proxy, 2), (FIRST, 1))


@pytest.mark.parametrize(
    "again",
    [
        FIRST,
        challenge(401, digest("b")),
        challenge(401, digest("b", "false")),
        challenge(401, digest("a", "true")),
        challenge(401, 'Basic realm="r", nonce="b", stale=true'),
        challenge(401, 'Digest realm="r", nonce="b", stale=true, stale=true'),
        challenge(401),
    ],
)
def test_whoever_asks_again_has_refused(again: Response) -> None:
    assert asked(FIRST).joined_by(again) is None


def test_another_proxy_asks_for_a_realm_of_its_own() -> None:
    """RFC 3261 §22.3: credentials are consumed by nobody but the proxy of their realm."""
    first, second = challenge(407, digest("p")), challenge(407, 'Digest realm="s", nonce="q"')

    both = asked(first, second)

    assert both.standing == ((first, 2), (second, 1))
    assert both.joined_by(first) is both.joined_by(second) is None


@pytest.mark.parametrize("word", ["true", "TRUE", '"true"'])
def test_a_nonce_that_was_too_old_is_replaced(word: str) -> None:
    """RFC 7616 §3.3."""
    renewed = challenge(401, "Other x", digest("b", word))

    assert asked(FIRST, renewed).standing == ((renewed, 1),)


def test_nobody_is_answered_for_ever() -> None:
    demands = asked(*(challenge(401, digest(f"n{n}", "true")) for n in range(MOST)))

    assert demands.joined_by(challenge(401, digest("more", "true"))) is None
    assert demands.joined_by(challenge(407, digest("more"))) is None


@pytest.mark.parametrize("status", [200, 403, 494])
def test_what_is_no_challenge_demands_nothing(status: int) -> None:
    assert NO_DEMANDS.joined_by(challenge(status, digest("a"))) is None
