import pytest

from sipcore.dialog.routing import request_target, wants_sips
from sipcore.kernel.errors import BadMessage

TARGET = b"sip:user@remoteua"


def test_without_a_route_set_the_remote_target_is_the_request_uri() -> None:
    assert request_target(TARGET, ()) == (TARGET, ())


@pytest.mark.parametrize(
    "first",
    [
        b"<sip:p1.test;lr>",
        b"<sip:p1.test;transport=tcp;lr=on;x=y>;param",
        b"<sip:p1.test;LR>",
        b'"Edge, <west>" <sip:edge;x@p1.test:5061;lr>',
    ],
)
def test_a_loose_router_leaves_the_request_uri_and_gets_the_whole_route_set(first: bytes) -> None:
    route_set = (first, b"<sip:p2.test>")

    assert request_target(TARGET, route_set) == (TARGET, route_set)


def test_a_strict_router_becomes_the_request_uri_as_in_rfc_3261_12_2_1_1() -> None:
    route_set = (b"<sip:proxy1>", b"<sip:proxy2>", b"<sip:proxy3;lr>", b"<sip:proxy4>")

    assert request_target(TARGET, route_set) == (
        b"sip:proxy1",
        (b"<sip:proxy2>", b"<sip:proxy3;lr>", b"<sip:proxy4>", b"<sip:user@remoteua>"),
    )


def test_a_strict_routers_uri_loses_what_a_request_uri_may_not_have() -> None:
    strict = b"<sip:lr@p1.test:5070;transport=udp;Method=INVITE?Subject=x>;lr"

    assert request_target(TARGET, (strict,)) == (
        b"sip:lr@p1.test:5070;transport=udp",
        (b"<sip:user@remoteua>",),
    )


def test_a_route_that_is_no_address_raises_bad_message() -> None:
    with pytest.raises(BadMessage, match="Route"):
        request_target(TARGET, (b"<sip:p1.test",))


@pytest.mark.parametrize(
    ("target", "route_set", "wanted"),
    [
        (TARGET, (), False),
        (b"SIPS:user@remoteua", (b"<sip:p1.test;lr>",), True),
        (TARGET, (b"<sips:p1.test;lr>",), True),
        (TARGET, (b"<sip:p1.test;lr>", b"<sips:p2.test;lr>"), False),
    ],
)
def test_a_sips_next_hop_needs_a_sips_contact(
    target: bytes, route_set: tuple[bytes, ...], wanted: bool
) -> None:
    """RFC 3261 §8.1.1.8."""
    assert wants_sips(target, route_set) is wanted
