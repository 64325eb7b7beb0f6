"""The short way of a refresh: it does what the general way does, or nothing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.check import check_request
from sipcore.message.message import Request, parse
from sipcore.registrar.binding import BindingChanged
from sipcore.registrar.policy import RegistrarPolicy
from tests.support.registration import FLOW, NOW, RegistrarBench, register, response_to

TCP = Flow("TCP", 1, "192.0.2.10", 50000, 4)


def via(number: int) -> list[bytes]:
    return [b"SIP/2.0/UDP 192.0.2.10:5062;rport;branch=z9hG4bK%d" % number]


def known(**changed: object) -> RegistrarBench:
    """A registrar with a phone that has registered once."""
    policy = RegistrarPolicy(expires_jitter=0.0)
    bench = RegistrarBench(policy=policy)
    assert bench.register(**changed).status == 200  # type: ignore[arg-type]
    bench.now += 100
    return bench


def refresh(bench: RegistrarBench, cseq: int = 2, **changed: object) -> bytes:
    values: dict[str, object] = {"via": via(cseq)} | changed
    line = bench.credentials()
    return register(cseq=cseq, extra=[line], **values).raw  # type: ignore[arg-type]


def short(bench: RegistrarBench, raw: bytes, flow: Flow = FLOW) -> bytes | None:
    answered = bench.registrar.known.answer(raw, flow, bench.now)
    return None if answered is None else answered[0]


def general(bench: RegistrarBench, raw: bytes, flow: Flow = FLOW) -> bytes | None:
    """What the way through the parser and the checks answers; None for what is no message."""
    try:
        request = parse(raw)
        assert isinstance(request, Request)
        check_request(request)
    except (BadMessage, AssertionError):
        return None
    return bench.registrar.handle(request, flow, bench.now).reply


def test_a_refresh_is_answered_and_renews_the_binding() -> None:
    bench = known()

    answer = short(bench, refresh(bench))

    assert answer is not None
    assert answer.split(b"\r\n") == [
        b"SIP/2.0 200 OK",
        b"Via: SIP/2.0/UDP 192.0.2.10:5062;received=192.0.2.10;rport=5062;branch=z9hG4bK2",
        b"From: <sip:1001@doorline.test>;tag=49583",
        b"To: <sip:1001@doorline.test>;tag=" + response_to(answer).to_tag,
        b"Call-ID: 1-phone@192.0.2.10",
        b"CSeq: 2 REGISTER",
        b"Contact: <sip:1001@192.0.2.10:5062>;expires=300",
        b"Date: Fri, 15 Jan 2027 08:01:40 GMT",
        b"Content-Length: 0",
        b"",
        b"",
    ]
    (renewed,) = bench.location.bindings("1001")
    assert (renewed.cseq, renewed.expires_at, renewed.updated_at) == (2, NOW + 400, NOW + 100)
    assert bench.facts[-1] == BindingChanged(renewed)
    assert bench.registrar.counters["accepted"] == 2


@pytest.mark.parametrize(
    "to", [b'"a@b" <sip:1001>', b"a@b sip:", b"@", b"sip:", b"sip:1001", b"<tel:1@x>;a=sip:", b""]
)
def test_a_to_without_an_ordinary_address_is_left_to_the_general_way(to: bytes) -> None:
    bench = known()
    raw = refresh(bench)
    begin = raw.index(b"\r\nTo: ") + 6
    odd = raw[:begin] + to + raw[raw.index(b"\r\n", begin) :]

    assert short(bench, odd) is None


def test_a_known_phone_without_credentials_is_challenged() -> None:
    bench = known()

    answer = short(bench, register(cseq=2, via=via(2)).raw)

    assert answer is not None
    response = response_to(answer)
    assert (response.status, len(response.every(b"www-authenticate"))) == (401, 2)
    bench.take_challenge(response)
    assert response_to(short(bench, refresh(bench, 3)) or b"").status == 200


@pytest.mark.parametrize(
    "contact",
    [
        b"<sip:1001@192.0.2.10:5062>;expires=200",
        b"<sip:1001@192.0.2.10:5062;ob>;q=0.5;expires=200",
        b'"Flat 1" <sip:1001@192.0.2.10:5062>;q=0.5',
        b"sip:1001@192.0.2.10:5062",
    ],
)
def test_contacts_are_listed_as_the_general_way_lists_them(contact: bytes) -> None:
    one, other = known(contacts=[contact]), known(contacts=[contact])

    raw = refresh(one, contacts=[contact])
    other.credentials()

    answer = short(one, raw)
    assert answer is not None
    assert answer == general(other, raw)
    assert one.location.bindings("1001") == other.location.bindings("1001")


@pytest.mark.parametrize("at_end", [False, True])
def test_both_ways_give_the_same_answer(at_end: bool) -> None:
    branch = b"branch=z9hG4bK2"
    written = b"SIP/2.0/UDP 192.0.2.10:5062;" + (
        branch + b";rport" if at_end else b"rport;" + branch
    )
    one = known(via=[written])
    other = known(via=[written])

    raw = refresh(one, via=[written.replace(b"bK2", b"bK3")])
    other.credentials()

    assert short(one, raw) == general(other, raw)
    assert one.location.bindings("1001") == other.location.bindings("1001")


def test_a_retransmission_is_left_to_the_general_way_and_answered_alike() -> None:
    bench = known()
    raw = refresh(bench)

    first = short(bench, raw)
    facts = list(bench.facts)

    assert (short(bench, raw), general(bench, raw), bench.facts) == (None, first, facts)


def test_a_stream_that_supports_outbound_is_promised_it_again() -> None:
    bench = RegistrarBench()
    contact = b'<sip:1001@192.0.2.10:5062>;+sip.instance="<urn:uuid:1>";reg-id=1'
    lines = [b"Supported: path, outbound"]
    assert bench.register(flow=TCP, contacts=[contact], extra=lines).status == 200

    raw = register(
        cseq=2, contacts=[contact], extra=[*lines, bench.credentials(flow=TCP)], via=via(2)
    ).raw

    assert response_to(short(bench, raw, TCP) or b"").first(b"require") == b"outbound"


def test_a_nonce_that_ends_before_the_next_refresh_is_replaced() -> None:
    bench = known()
    bench.now += 150
    short(bench, refresh(bench))
    for cseq in range(3, 16):
        bench.now += 250
        answer = response_to(short(bench, refresh(bench, cseq)) or b"")
        if answer.first(b"authentication-info") is not None:
            break

    nonce = (answer.first(b"authentication-info") or b"").partition(b'"')[2].rstrip(b'"')
    assert bench.nonces.time_left(nonce, bench.now) == 3600.0
    assert cseq == 15  # 3500 s after the challenge: the next refresh would come too late


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"CSeq: 2", b"CSeq: 1"),
        (b"CSeq: 2", b"CSeq: 02x"),
        (b"CSeq: 2", b"CSeq: 99999999999"),
        (b"Max-Forwards: 70", b"Max-Forwards: 69"),
        (b"Expires: 300", b"Expires: 0"),
        (b"tag=49583", b"tag=49584"),
        (b"Call-ID: 1", b"Call-ID: 2"),
        (b"branch=z9hG4bK2", b"branch=z9hG4bK"),
        (b"branch=z9hG4bK2", b"branch=z9\n"),
        (b"branch=z9hG4bK2", b"branch=z9;maddr=192.0.2.66"),
        (b"nc=00000002", b"nc=00000001"),
        (b"nc=00000002", b"nc=0x000002"),
        (b"nc=00000002", b"nc=00000000"),
        (b'cnonce="c"', b'cnonce="d"'),
        (b'cnonce="c"', b'cnonce=""'),
        (b'username="1001"', b'username="1002"'),
        (b"\r\nContent-Length", b"\r\n folded\r\nContent-Length"),
        (b"\r\nContent-Length", b"\r\nContact: <sip:x@h>\r\nContent-Length"),
        (b"Content-Length: 0\r\n\r\n", b"Content-Length: 0\r\n\r\nx"),
    ],
)
def test_what_differs_elsewhere_goes_the_general_way_and_changes_nothing(
    old: bytes, new: bytes
) -> None:
    bench = known()
    raw = refresh(bench)
    assert old in raw
    before = (bench.location.bindings("1001"), list(bench.facts), dict(bench.registrar.counters))

    assert short(bench, raw.replace(old, new, 1)) is None

    assert before == (bench.location.bindings("1001"), bench.facts, bench.registrar.counters)
    assert short(bench, raw) is not None  # not even the nonce count was used up


def test_another_flow_an_expired_binding_and_a_disabled_account_go_the_general_way() -> None:
    bench = known()
    raw = refresh(bench)

    assert short(bench, raw, FLOW._replace(port=5063)) is None
    bench.now = NOW + 300
    assert short(bench, raw) is None
    bench.now = NOW + 100
    bench.accounts.by_user["1001"].enabled = False
    assert short(bench, raw) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"contacts": [b"<sip:1001@192.0.2.10:5062>;expires=200;q=0.5"]},
        {"contacts": [b"<sip:a@192.0.2.10>", b"<sip:b@192.0.2.10>"]},
        {"via": [b"SIP/2.0/UDP 192.0.2.10:5062;branch=z9hG4bK1"]},
        {"via": [*via(1), b"SIP/2.0/UDP edge;branch=z9hG4bK1"]},
        {"extra": [b"Supported: path", b"Path: <sip:edge;lr>"]},
        {"extra": [b"X-Long: a", b" b"]},
        {"to": b'"1001" <sip:%31001@doorline.test>'},
    ],
)
def test_an_unusual_layout_is_not_learned(changed: dict[str, object]) -> None:
    bench = known(**changed)
    extra = [*changed.pop("extra", []), bench.credentials()]  # type: ignore[misc]

    assert short(bench, register(cseq=2, extra=extra, **changed).raw) is None  # type: ignore[arg-type]


@settings(max_examples=300, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.integers(0, 700), st.integers(0, 3), st.binary(max_size=3)), max_size=3
    ),
)
def test_no_octets_are_accepted_that_the_general_way_would_not_accept(
    edits: list[tuple[int, int, bytes]],
) -> None:
    bench, twin = known(), known()
    raw = refresh(bench)
    for place, length, new in edits:
        raw = raw[:place] + new + raw[place + length :]

    answer = short(bench, raw)

    if answer is not None:
        twin.credentials()
        assert general(twin, raw) == answer
        assert twin.location.bindings("1001") == bench.location.bindings("1001")
        assert twin.facts == bench.facts
