"""Where a target can be reached at this moment."""

from typing import Any

import pytest

from sipcore.b2bua.plan import Party, Target
from sipcore.b2bua.ports import Route
from sipcore.b2bua.trunk_identity import TrunkIdentity
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.locator import LiveLocator
from sipcore.endpoint.settings import BoundListener
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding
from sipcore.registrar.location import Location
from sipcore.transport.failed_servers import FailedServers
from sipcore.transport.locating import Candidate
from tests.support.clock import ManualClock

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


def provider(*candidates: Candidate, port: int = 0, only_udp: bool = True, **kind: str) -> Trunk:
    """A trunk that was located."""
    values: dict[str, Any] = {"host": "192.0.2.50", **kind}
    return Trunk("provider", servers=candidates, port=port, only_udp=only_udp, **values)


def at(address: str, port: int = 5060, transport: str = "UDP", *, priority: int = 0) -> Candidate:
    """One server of a provider."""
    return Candidate(transport, "s.example", port, (address,), priority=priority)


def locator(*bindings: Binding, trunk: Trunk | None = None, large: bool = True) -> LiveLocator:
    """A started locator that knows these bindings and perhaps a provider."""
    location = Location()
    location.restore(bindings)
    found = unstarted(location, {"provider": trunk} if trunk else {}, large_over_tcp=large)
    found.use(LocalAddressing("doorline.test", "", LISTENERS))
    return found


def failed_servers(found: LiveLocator) -> int:
    """How many servers it avoids."""
    return len(found._failed)


def unstarted(
    location: Location, trunks: dict[str, Trunk], *, large_over_tcp: bool = True
) -> LiveLocator:
    """A locator that does not know its listeners yet."""
    failed = FailedServers(ManualClock())
    return LiveLocator(
        location, trunks, failed=failed, draw=lambda most: 0, large_over_tcp=large_over_tcp
    )


def test_nobody_is_reached_before_the_endpoint_has_started() -> None:
    location = Location()
    location.restore([binding("sip:a@192.0.2.7")])

    assert unstarted(location, {}).routes(PHONE) == ()


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


def test_an_edge_that_sends_from_another_port_than_it_listens_on_is_reached_at_its_hop() -> None:
    path = ("<sip:192.0.2.7:5080;lr;received=sip:10.0.0.7:5066>",)
    hidden = ("<sip:token@192.0.2.7:5080;lr;ob>",)
    routes = locator(
        binding("sip:a@10.0.0.7:5066", path=path), binding("sip:b@10.0.0.8", path=hidden)
    ).routes(PHONE)

    assert [route.flow.port for route in routes] == [5080, SOURCE.port]


def test_an_edge_whose_connection_is_gone_is_connected_to_again() -> None:
    stream = Flow("TCP", 1, "192.0.2.7", 41000, 9)
    found = locator(
        binding("sip:a@10.0.0.7", stream, path=("<sip:t@192.0.2.7;transport=tcp;lr>",)),
        binding("sip:b@10.0.0.7", stream, path=("<sip:198.51.100.1:25;lr>",)),
    )
    own, foreign = found.routes(PHONE)

    found.unreachable(stream, None)

    assert (own.flow, own.alternatives) == (stream, (Flow("TCP", 1, "192.0.2.7", 5060),))
    assert not failed_servers(found)
    assert (foreign.flow, foreign.alternatives) == (stream, ())


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


def test_the_other_flows_of_a_phone_stand_behind_the_first_in_the_order_of_their_refresh() -> None:
    """RFC 5626 §7."""
    flows = [
        binding(
            f"sip:a@192.0.2.7:{port}",
            SOURCE._replace(port=port),
            instance="urn:1",
            reg_id=reg_id,
            updated_at=at,
        )
        for reg_id, (port, at) in enumerate([(1, 10.0), (2, 30.0), (3, 20.0)], 1)
    ]
    elsewhere = binding("tel:+1", SOURCE, instance="urn:1", reg_id=4, updated_at=25.0)

    (route,) = locator(*flows, elsewhere).routes(PHONE)

    ports, large = [], []
    way: Route | None = route
    while way is not None:
        ports.append(way.flow.port)
        large.append([flow.transport for flow in way.large])
        way = way.fallback
    assert (ports, large) == ([2, 3, 1], [["TCP", "UDP"]] * 3)


@pytest.mark.parametrize("at", [5.0, 15.0])
def test_a_flow_that_leads_nowhere_is_neither_behind_another_nor_before_it(at: float) -> None:
    flow = binding("sip:a@x", instance="urn:1", reg_id=1, updated_at=10.0)
    nowhere = binding("tel:+1", instance="urn:1", reg_id=2, updated_at=at)

    (route,) = locator(flow, nowhere).routes(PHONE)

    assert (route.request_uri, route.fallback) == (b"sip:a@x", None)


@pytest.mark.parametrize(
    ("trunk", "route"),
    [
        (
            provider(at("192.0.2.50")),
            Route(
                b"sip:+49301234@192.0.2.50",
                Flow("UDP", 0, "192.0.2.50", 5060),
                b"sip:+49301234@192.0.2.50",
                trunk="provider",
            ),
        ),
        (
            provider(at("192.0.2.50", 5080, "TCP"), port=5080, from_user="u", prefix="00"),
            Route(
                b"sip:0049301234@192.0.2.50:5080",
                Flow("TCP", 1, "192.0.2.50", 5080),
                b"sip:0049301234@192.0.2.50",
                identity=TrunkIdentity(b"sip:u@192.0.2.50"),
                trunk="provider",
            ),
        ),
        (
            provider(at("192.0.2.50", 5080), host="provider.test", from_user="4930"),
            Route(
                b"sip:+49301234@provider.test",
                Flow("UDP", 0, "192.0.2.50", 5080),
                b"sip:+49301234@provider.test",
                identity=TrunkIdentity(b"sip:4930@provider.test"),
                trunk="provider",
            ),
        ),
    ],
)
def test_a_landline_is_reached_through_its_provider(trunk: Trunk, route: Route) -> None:
    assert locator(trunk=trunk).routes(LANDLINE) == (route,)


class Permit:
    """Lets a number of legs start."""

    def __init__(self, left: int) -> None:
        self.left = left

    def admit(self, party: Party) -> bool:
        self.left -= 1
        return self.left >= 0

    def why_not(self, party: Party) -> str | None:
        return "landline_limit" if self.left <= 0 else None


def test_a_landline_that_may_not_ring_has_no_routes_and_a_reason() -> None:
    found = locator(trunk=provider(at("192.0.2.50")))
    found._permit = Permit(1)

    assert len(found.routes(LANDLINE)) == 1
    assert found.routes(LANDLINE) == ()
    assert found.why_not(LANDLINE) == "landline_limit"


def test_a_landline_that_cannot_ring_costs_no_place() -> None:
    found = locator(trunk=provider())
    found._permit = permit = Permit(1)

    assert (found.routes(LANDLINE), permit.left) == ((), 1)
    assert found.why_not(LANDLINE) == "no_trunk"
    assert found.why_not(PHONE) == "not_registered"


def test_the_next_trunk_has_a_number_an_identity_and_servers_of_its_own() -> None:
    trunks = {
        "first": Trunk("first", "a.test", (at("192.0.2.51"),), only_udp=True),
        "gone": Trunk("gone", "b.test", ()),
        "last": Trunk("last", "c.test", (at("192.0.2.53"),), only_udp=True, from_user="4930"),
    }
    found = unstarted(Location(), trunks)
    found.use(LocalAddressing("doorline.test", "", LISTENERS))
    target = Target(Party("landline", "+49301234"), "first", fallbacks=("gone", "unknown", "last"))

    (route,) = found.routes(target)
    spare = route.fallback

    assert (route.trunk, route.request_uri) == ("first", b"sip:+49301234@a.test")
    assert spare is not None
    assert (spare.trunk, spare.request_uri) == ("last", b"sip:+49301234@c.test")
    assert spare.identity == TrunkIdentity(b"sip:4930@c.test")
    assert spare.fallback is None

    found.unreachable(route.flow, None)  # what failed a moment ago comes last
    assert [way.trunk for way in found.routes(target)] == ["last"]


@pytest.mark.parametrize(
    "trunk",
    [None, provider(), provider(at("192.0.2.50", transport="WS")), provider(at("2001:db8::1"))],
)
def test_a_provider_that_no_listener_can_reach_is_no_route(trunk: Trunk | None) -> None:
    assert locator(trunk=trunk).routes(LANDLINE) == ()


def test_a_phone_that_registered_over_a_listener_that_is_gone_is_reached_over_another() -> None:
    found = locator(
        binding("sip:a@192.0.2.7:41000", SOURCE._replace(listener=7)),
        binding("sip:b@[2001:db8::7]", Flow("UDP", 7, "2001:db8::7", 5060)),
    )

    assert [route.flow for route in found.routes(PHONE)] == [SOURCE]


def test_servers_of_a_provider_are_tried_by_priority_and_the_failed_ones_last() -> None:
    first, second = at("192.0.2.51", priority=1), at("192.0.2.52", priority=2)
    found = locator(trunk=provider(second, first))
    flows = [Flow("UDP", 0, one.addresses[0], 5060) for one in (first, second)]

    (before,) = found.routes(LANDLINE)
    found.unreachable(before.flow, None)
    (after,) = found.routes(LANDLINE)

    assert [(r.flow, *r.alternatives) for r in (before, after)] == [
        (flows[0], flows[1]),
        (flows[1], flows[0]),
    ]


def test_servers_that_no_listener_can_reach_are_left_out() -> None:
    (route,) = locator(trunk=provider(at("2001:db8::1"), at("192.0.2.51"))).routes(LANDLINE)

    assert (route.flow.host, route.alternatives) == ("192.0.2.51", ())


def test_over_tls_the_provider_must_show_the_name_that_was_asked_for() -> None:
    trunk = provider(at("192.0.2.51", 5061, "TLS"), server_name="sip.provider.test")
    found = unstarted(Location(), {"provider": trunk})
    found.use(LocalAddressing("d", "", (BoundListener("TLS", "192.0.2.100", 5061),)))

    (route,) = found.routes(LANDLINE)

    assert route.flow == Flow("TLS", 0, "192.0.2.51", 5061, server_name="sip.provider.test")


def test_what_is_too_large_for_udp_goes_to_each_server_over_tcp_first() -> None:
    trunk = provider(at("192.0.2.51"), at("192.0.2.52", priority=1), only_udp=False)
    found = locator(trunk=trunk)
    (route,) = found.routes(LANDLINE)
    found.unreachable(Flow("TCP", 1, "192.0.2.51", 5060), None)
    (later,) = found.routes(LANDLINE)

    assert [(flow.transport, flow.host) for flow in route.large] == [
        ("TCP", "192.0.2.51"),
        ("UDP", "192.0.2.51"),
        ("TCP", "192.0.2.52"),
        ("UDP", "192.0.2.52"),
    ]
    assert [(flow.transport, flow.host) for flow in later.large] == [
        ("UDP", "192.0.2.51"),
        ("TCP", "192.0.2.52"),
        ("UDP", "192.0.2.52"),
    ]


@pytest.mark.parametrize(
    ("contact", "stream"),
    [
        ("sip:a@192.0.2.7:41000", Flow("TCP", 1, "192.0.2.7", 41000)),
        ("sip:a@192.0.2.7:5066", Flow("TCP", 1, "192.0.2.7", 5066)),
        ("sip:a@10.0.0.7:5060", None),  # behind a NAT nobody can connect to it
        ("sip:a@192.0.2.7:41000;transport=udp", None),
        ("sip:a@192.0.2.7:5066;ob", None),
    ],
)
def test_a_phone_takes_tcp_only_where_its_contact_says_it_is(
    contact: str, stream: Flow | None
) -> None:
    (route,) = locator(binding(contact)).routes(PHONE)

    assert route.large == (() if stream is None else (stream, route.flow))


@pytest.mark.parametrize(
    ("next_hop", "over_tcp", "only_udp", "found"),
    [
        (b"sip:a@192.0.2.51:5060", True, False, True),
        (b"sip:a@10.0.0.7:5060", True, False, False),
        (b"sip:a@192.0.2.51:5060", False, False, False),
        (b"sip:a@192.0.2.51:5060", True, True, False),
    ],
)
def test_a_place_over_udp_has_a_stream_beside_it_where_settings_let_it(
    next_hop: bytes, over_tcp: bool, only_udp: bool, found: bool
) -> None:
    """Those of the trunk too, for it may be a party of the call."""
    trunk = provider(at("192.0.2.51"), only_udp=only_udp)
    there = unstarted(Location(), {"provider": trunk}, large_over_tcp=over_tcp)
    flow = Flow("UDP", 0, "192.0.2.51", 5060)
    stream = Flow("TCP", 1, "192.0.2.51", 5060)
    before = there.stream_beside(next_hop, flow)
    there.use(LocalAddressing("doorline.test", "", LISTENERS))

    assert (before, there.stream_beside(next_hop, flow)) == (None, stream if found else None)

    there.unreachable(stream, None)
    assert there.stream_beside(next_hop, flow) is None


def test_a_phone_that_refused_tcp_is_not_asked_again() -> None:
    found = locator(binding("sip:a@192.0.2.7:41000"))
    found.unreachable(Flow("TCP", 1, "192.0.2.7", 41000), None)

    assert found.routes(PHONE)[0].large == ()


def test_a_phone_that_moves_is_reached_where_it_is_now_and_not_after_it_left() -> None:
    location = Location()
    found = unstarted(location, {})
    found.use(LocalAddressing("doorline.test", "", LISTENERS))
    reached = []
    for host in ("192.0.2.7", "192.0.2.7", "192.0.2.8"):
        location.remove_user(PHONE.party.user)
        location.restore([binding("sip:a@10.0.0.7:5060", SOURCE._replace(host=host))])
        reached.append([route.flow.host for route in found.routes(PHONE)])
    location.remove_user(PHONE.party.user)

    assert reached == [["192.0.2.7"], ["192.0.2.7"], ["192.0.2.8"]]
    assert found.routes(PHONE) == ()


def test_the_way_to_a_phone_that_says_much_is_found_anew_each_time() -> None:
    found = locator(binding(f"sip:{'a' * 2000}@192.0.2.7:41000"))

    ways = [found.routes(PHONE) for _ in range(2)]

    assert ways[0] == ways[1] != ()
    assert not found._ways


def test_phones_of_two_accounts_that_say_the_same_are_reached_as_themselves() -> None:
    other = binding("sip:a@192.0.2.7:41000")
    other.user = "1000000003"
    found = locator(binding("sip:a@192.0.2.7:41000"), other)

    asked = [
        found.routes(Target(Party("indoor", user)))[0].to_uri
        for user in ("1000000002", "1000000003", "1000000002")
    ]

    assert asked == [
        b"sip:1000000002@doorline.test",
        b"sip:1000000003@doorline.test",
        b"sip:1000000002@doorline.test",
    ]


def test_large_requests_stay_on_udp_when_the_operator_says_so_or_nobody_listens_on_tcp() -> None:
    phone = binding("sip:a@192.0.2.7:41000")
    only_udp = unstarted(Location(), {"provider": provider(at("192.0.2.51"), only_udp=False)})
    only_udp.use(LocalAddressing("d", "", LISTENERS[:1]))

    assert locator(phone, large=False).routes(PHONE)[0].large == ()
    assert only_udp.routes(LANDLINE)[0].large == ()


def test_a_phone_over_a_stream_or_behind_an_edge_has_one_way_only() -> None:
    stream = Flow("TCP", 1, "192.0.2.7", 41000, 9)
    routes = locator(
        binding("sip:a@192.0.2.7:41000", stream),
        binding("sip:b@192.0.2.7:41000", path=("<sip:edge.test;lr>",)),
    ).routes(PHONE)

    assert [(route.flow, route.large) for route in routes] == [(stream, ()), (SOURCE, ())]


@pytest.mark.parametrize("contact", ["mailto:a@h", "tel:+4930123"])
def test_a_contact_of_another_scheme_is_no_route(contact: str) -> None:
    assert locator(binding(contact)).routes(PHONE) == ()


def test_a_request_uri_carries_neither_headers_nor_a_method() -> None:
    found = locator(binding("sip:a@192.0.2.7:41000;method=BYE;x=1?Replaces=1"))

    assert [route.request_uri for route in found.routes(PHONE)] == [b"sip:a@192.0.2.7:41000;x=1"]
