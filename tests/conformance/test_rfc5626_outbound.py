"""RFC 5626 §6, §7: outbound for the registrar, and for who rings its phones."""

import pytest

from sipcore.kernel.flow import Flow
from tests.support.peers import invite, reply
from tests.support.registration import FLOW, RegistrarBench
from tests.support.wire import DOOR, Wire, requests, sent_to, stage

TLS = Flow("TLS", 2, "192.0.2.10", 50000, 7)
STREAM = Flow("TCP", 0, "192.0.2.10", 50000, 7)
SUPPORTED = b"Supported: path, outbound"
EDGE_VIA = [
    b"SIP/2.0/TCP edge.test;branch=z9hG4bKe1",
    b"SIP/2.0/UDP 192.0.2.10:5062;rport;branch=z9hG4bK1",
]


def contact(reg_id: int | None = 1, port: int = 50000, instance: str = "<urn:uuid:1>") -> bytes:
    written = b"<sip:1001@192.0.2.10:%d;transport=tls;ob>" % port
    if instance:
        written += f';+sip.instance="{instance}"'.encode()
    return written if reg_id is None else written + b";reg-id=%d" % reg_id


def test_outbound_is_confirmed_in_require() -> None:
    """§6: when the phone supports it and named a reg-id."""
    response = RegistrarBench().register(flow=TLS, contacts=[contact()], extra=[SUPPORTED])

    assert (response.status, response.first(b"require")) == (200, b"outbound")


@pytest.mark.parametrize(
    ("written", "extra"),
    [
        (contact(None), [SUPPORTED]),
        (contact(1, instance=""), [SUPPORTED]),
        (contact(1), []),
    ],
)
def test_outbound_is_not_confirmed_where_it_was_not_asked_for(
    written: bytes, extra: list[bytes]
) -> None:
    """§6: a reg-id without an instance is ignored."""
    response = RegistrarBench().register(flow=TLS, contacts=[written], extra=extra)

    assert (response.status, response.first(b"require")) == (200, None)


def test_a_reconnected_phone_takes_its_own_place() -> None:
    """§6: the binding belongs to instance and reg-id, whatever contact and flow."""
    bench = RegistrarBench()
    again = TLS._replace(port=50001, connection=8)
    bench.register(flow=TLS, contacts=[contact()], extra=[SUPPORTED])

    bench.register(call_id=b"new", flow=again, contacts=[contact(port=50001)], extra=[SUPPORTED])

    (binding,) = bench.location.bindings("1001")
    assert (binding.flow, binding.contact) == (again, "sip:1001@192.0.2.10:50001;transport=tls;ob")


def test_two_flows_of_a_phone_stand_beside_each_other() -> None:
    """§6, §4.2.1."""
    bench = RegistrarBench()
    for reg_id in (1, 2):
        flow = TLS._replace(connection=reg_id)
        bench.register(
            call_id=b"%d" % reg_id, flow=flow, contacts=[contact(reg_id)], extra=[SUPPORTED]
        )

    assert [b.reg_id for b in bench.location.bindings("1001")] == [1, 2]


def test_a_phone_that_names_its_instance_alone_leaves_no_dead_stream_behind() -> None:
    """§6 leaves it to RFC 3261 rules; a stream that was given up must not be rung."""
    bench = RegistrarBench()
    again = TLS._replace(port=50001, connection=8)
    bench.register(flow=TLS, contacts=[contact(None)])

    bench.register(call_id=b"new", flow=again, contacts=[contact(None, port=50001)])

    assert [b.flow for b in bench.location.bindings("1001")] == [again]


def test_several_contacts_with_a_reg_id_are_a_bad_request() -> None:
    """§6: one flow registers one contact."""
    response = RegistrarBench().register(
        flow=TLS, contacts=[contact(1), contact(2, port=50002)], extra=[SUPPORTED]
    )

    assert response.status == 400


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ([SUPPORTED], 439),
        ([], 200),
        ([SUPPORTED, b"Path: <sip:edge.test;lr>"], 439),
        ([SUPPORTED, b"Path: <sip:edge.test;lr;ob>"], 200),
    ],
)
def test_behind_a_proxy_outbound_needs_an_edge_that_takes_part(
    extra: list[bytes], status: int
) -> None:
    """§6: the first Path has `ob`, or 439, or the reg-id is ignored."""
    response = RegistrarBench().register(contacts=[contact()], via=EDGE_VIA, extra=extra)

    promised = b"outbound" if extra[1:] and status == 200 else None
    assert (response.status, response.first(b"require")) == (status, promised)


@pytest.mark.parametrize("answer", [100, 180])
def test_a_phone_whose_last_flow_fails_is_not_available(answer: int) -> None:
    """§5.3, §7: no flow is left; nothing is wrong with this server, so it is no 500."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [STREAM]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, answer, flow=STREAM), STREAM)
    wire.taken()

    wire.endpoint.switchboard.flow_closed(STREAM, wire.clock.monotonic())

    assert sent_to(wire.taken(), DOOR) == [(480, b"INVITE")]


def test_the_loss_of_a_stream_ends_its_binding() -> None:
    """§5.3, §7."""
    bench = RegistrarBench()
    bench.register(flow=TLS, contacts=[contact()], extra=[SUPPORTED])

    bench.location.drop_connection(7)

    assert len(bench.location) == 0


def test_on_udp_outbound_is_promised_because_keep_alives_are_answered() -> None:
    """§4.4.2, §6: by the refresh that is compared with the last one, too."""
    bench = RegistrarBench()

    answers = [
        bench.register(cseq=n, flow=FLOW, contacts=[contact()], extra=[SUPPORTED]) for n in (1, 2)
    ]

    assert [answer.first(b"require") for answer in answers] == [b"outbound", b"outbound"]


def test_a_uuid_is_the_same_in_any_case() -> None:
    """§4.1: instances are compared as URNs; a phone that leaves may write its own otherwise."""
    bench = RegistrarBench()
    lower, upper = (f"<{word}>" for word in ("urn:uuid:0a-bc", "URN:UUID:0A-BC"))
    bench.register(flow=TLS, contacts=[contact(instance=upper)], extra=[SUPPORTED])
    bench.register(
        flow=TLS, cseq=2, contacts=[contact(port=50001, instance=lower)], extra=[SUPPORTED]
    )
    assert len(bench.location.bindings("1001")) == 1

    gone = contact(port=50002, instance=upper) + b";expires=0"
    bench.register(flow=TLS, cseq=3, contacts=[gone], extra=[SUPPORTED])

    assert bench.location.bindings("1001") == ()


def test_other_instances_are_compared_as_they_are_written() -> None:
    """§4.1: no other rule is known for them."""
    bench = RegistrarBench()
    bench.register(flow=TLS, contacts=[contact(instance="<urn:x:A>")], extra=[SUPPORTED])
    gone = contact(port=50001, instance="<urn:x:a>") + b";expires=0"
    bench.register(flow=TLS, cseq=2, contacts=[gone], extra=[SUPPORTED])

    assert len(bench.location.bindings("1001")) == 1
