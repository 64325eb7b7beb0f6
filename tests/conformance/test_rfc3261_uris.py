"""RFC 3261 §19.1.4: when two URIs are the same. The examples are those of the section and more."""

import pytest

from sipcore.message.uri import Uri

SAME = [
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
    ("sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on"),
    (
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com",
    ),
    (
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
    ),
    ("sip:a@[2001:DB8::1]", "sip:a@[2001:db8:0:0::1]"),
    ("sip:a%2Bb@c", "sip:a%2bb@c"),
    ("SIP:a@c", "sip:a@c"),
    ("sip:a@c;LR", "sip:a@c;lr"),
    ("sip:a@c;x=Y", "sip:a@c;X=y"),
    ("tel:+1-555-0123", "tel:+15550123"),
]
DIFFERENT = [
    ("sip:alice@atlanta.com", "sip:ALICE@atlanta.com"),
    ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    ("sip:a@c", "sips:a@c"),
    ("sip:a:b@c", "sip:a@c"),
    ("sip:a:b@c", "sip:a:B@c"),
    ("sip:a@c;user=phone", "sip:a@c"),
    ("sip:a@c;ttl=1", "sip:a@c"),
    ("sip:a@c;method=INVITE", "sip:a@c"),
    ("sip:a@c;maddr=d", "sip:a@c"),
    ("sip:a@c:5060", "sip:a@c:5061"),
    ("sip:a@c", "sip:c"),
    ("sip:a%3Bb@c", "sip:a;b@c"),
    ("sip:a@c", "tel:a"),
    ("sip:a@c?x=1", "sip:a@c?x=2"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_are_the_same(one: str, other: str) -> None:
    """§19.1.4."""
    assert Uri.parse(one).equivalent(Uri.parse(other))
    assert Uri.parse(other).equivalent(Uri.parse(one))


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_these_are_not(one: str, other: str) -> None:
    """§19.1.4."""
    assert not Uri.parse(one).equivalent(Uri.parse(other))
    assert not Uri.parse(other).equivalent(Uri.parse(one))


def test_equality_is_not_transitive() -> None:
    """§19.1.4: two URIs may each equal a third and differ from each other."""
    plain, on, off = (
        Uri.parse(f"sip:carol@chicago.com{end}") for end in ("", ";security=on", ";security=off")
    )

    assert (plain.equivalent(on), plain.equivalent(off), on.equivalent(off)) == (True, True, False)
