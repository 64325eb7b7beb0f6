import pytest

from sipcore.kernel.errors import BadMessage
from sipcore.message.address import Address
from sipcore.message.route import is_loose, parse_route
from sipcore.message.uri import Uri


def test_a_route_set_keeps_its_order_over_lines_and_commas() -> None:
    route = parse_route([b"<sip:p1;lr>, <sip:p2;lr>", b"<sip:p3>;x"])

    assert route == (
        Address("", Uri.parse("sip:p1;lr")),
        Address("", Uri.parse("sip:p2;lr")),
        Address("", Uri.parse("sip:p3"), (("x", None),)),
    )
    assert [is_loose(hop) for hop in route] == [True, True, False]


def test_a_malformed_hop_names_its_header() -> None:
    with pytest.raises(BadMessage, match="malformed Path"):
        parse_route([b"<sip:p1>,"], "Path")
