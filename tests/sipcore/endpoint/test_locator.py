"""Where a target can be reached at this moment."""

import pytest

from sipcore.b2bua.plan import Party, Target
from sipcore.b2bua.ports import Route
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.locator import LiveLocator
from sipcore.endpoint.settings import BoundListener
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding
from sipcore.registrar.location import Location

LISTENERS = (BoundListener("UDP", "192.0.2.100", 5060), BoundListener("TCP", "192.0.2.100", 5060))
SOURCE = Flow("UDP", 0, "192.0.2.7", 41000)
PHONE = Target(Party("indoor", "1000000002"))
LANDLINE = Target(Party("landline", "+49301234"), trunk="provider")


def binding(
    contact: str,
    flow: Flow = SOURCE,
    *,
    path: tuple[str, ...] = (),
    instance: str = "",
    reg_id: int = 0,
    updated_at: float = 0.0,
) -> Binding:
    """A binding of the phone."""
    return Binding(
        user="1000000002",
        contact=contact,
        call_id=b"r",
        cseq=1,
        expires_at=2e9,
        q=1.0,
        path=path,
        flow=flow,
        user_agent="",
        instance=instance,
        reg_id=reg_id,
        params="",
        updated_at=updated_at,
        raw=b"",
        asked=-1,
    )


def locator(*bindings: Binding, trunk: Trunk | None = None) -> LiveLocator:
    """A started locator that knows these bindings and perhaps a provider."""
    location = Location()
    location.restore(bindings)
    found = LiveLocator(location, {"provider": trunk} if trunk else {})
    found.use(LocalAddressing("doorline.test", "", LISTENERS))
    return found


def test_nobody_is_reached_before_the_endpoint_has_started() -> None:
    location = Location()
    location.restore([binding("sip:a@192.0.2.7")])

    assert LiveLocator(location, {}).routes(PHONE) == ()


def test_a_phone_without_bindings_has_no_routes() -> None:
    assert locator().routes(PHONE) == ()


def test_every_binding_is_a_route_to_where_its_phone_spoke_from() -> None:
    found = locator(binding("sip:a@10.0.0.7:5060"), binding("sip:b@10.0.0.8;x=1"))

    assert found.routes(PHONE) == (
        Route(b"sip:a@10.0.0.7:5060", SOURCE, b"sip:1000000002@doorline.test"),
        Route(b"sip:b@10.0.0.8;x=1", SOURCE, b"sip:1000000002@doorline.test"),
    )


def test_a_phone_that_listens_on_another_port_is_reached_there() -> None:
    (route,) = locator(binding("sip:a@192.0.2.7:5066")).routes(PHONE)

    assert route.flow == SOURCE._replace(port=5066)


def test_behind_an_edge_the_flow_is_the_edges_and_the_path_is_kept() -> None:
    path = ("<sip:edge.test;lr>", "<sip:inner.test;lr>")

    (route,) = locator(binding("sip:a@192.0.2.7:5066", path=path)).routes(PHONE)

    assert (route.flow, route.path) == (
        SOURCE,
        (b"<sip:edge.test;lr>", b"<sip:inner.test;lr>"),
    )


def test_a_phone_with_several_flows_rings_over_the_one_refreshed_last() -> None:
    first = binding("sip:a@x", instance="urn:1", reg_id=1, updated_at=10.0)
    second = binding(
        "sip:a@x", SOURCE._replace(port=2), instance="urn:1", reg_id=2, updated_at=20.0
    )
    other = binding("sip:b@x", instance="urn:2", reg_id=1, updated_at=5.0)
    plain = binding("sip:c@x")

    routes = locator(first, second, other, plain).routes(PHONE)

    assert [(route.request_uri, route.flow.port) for route in routes] == [
        (b"sip:a@x", 2),
        (b"sip:b@x", 41000),
        (b"sip:c@x", 41000),
    ]


@pytest.mark.parametrize(
    ("trunk", "route"),
    [
        (
            Trunk("provider", "192.0.2.50"),
            Route(
                b"sip:+49301234@192.0.2.50",
                Flow("UDP", 0, "192.0.2.50", 5060),
                b"sip:+49301234@192.0.2.50",
                trunk="provider",
            ),
        ),
        (
            Trunk("provider", "192.0.2.50", 5080, "TCP", user="u", prefix="00"),
            Route(
                b"sip:0049301234@192.0.2.50:5080",
                Flow("TCP", 1, "192.0.2.50", 5080),
                b"sip:0049301234@192.0.2.50:5080",
                from_uri=b"<sip:u@192.0.2.50>",
                trunk="provider",
            ),
        ),
        (
            Trunk("provider", "192.0.2.50", 5080, domain="provider.test", from_user="4930"),
            Route(
                b"sip:+49301234@provider.test",
                Flow("UDP", 0, "192.0.2.50", 5080),
                b"sip:+49301234@provider.test",
                from_uri=b"<sip:4930@provider.test>",
                trunk="provider",
            ),
        ),
    ],
)
def test_a_landline_is_reached_through_its_provider(trunk: Trunk, route: Route) -> None:
    assert locator(trunk=trunk).routes(LANDLINE) == (route,)


@pytest.mark.parametrize(
    "trunk",
    [None, Trunk("provider", "192.0.2.50", transport="TLS"), Trunk("provider", "2001:db8::1")],
)
def test_a_provider_that_no_listener_can_reach_is_no_route(trunk: Trunk | None) -> None:
    assert locator(trunk=trunk).routes(LANDLINE) == ()


def test_a_phone_that_registered_over_a_listener_that_is_gone_is_reached_over_another() -> None:
    found = locator(
        binding("sip:a@192.0.2.7:41000", SOURCE._replace(listener=7)),
        binding("sip:b@[2001:db8::7]", Flow("UDP", 7, "2001:db8::7", 5060)),
    )

    assert [route.flow for route in found.routes(PHONE)] == [SOURCE]


@pytest.mark.parametrize("contact", ["mailto:a@h", "tel:+4930123"])
def test_a_contact_of_another_scheme_is_no_route(contact: str) -> None:
    assert locator(binding(contact)).routes(PHONE) == ()


def test_a_request_uri_carries_neither_headers_nor_a_method() -> None:
    found = locator(binding("sip:a@192.0.2.7:41000;method=BYE;x=1?Replaces=1"))

    assert [route.request_uri for route in found.routes(PHONE)] == [b"sip:a@192.0.2.7:41000;x=1"]
