"""What a REGISTER changes (RFC 3261 §10.3)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, parse
from sipcore.registrar import decision
from sipcore.registrar.binding import Binding, BindingChanged, BindingRemoved, Changes
from sipcore.registrar.decision import decide, grant
from sipcore.registrar.outcome import OUT_OF_ORDER, Accepted, Decision, Rejected
from sipcore.registrar.policy import RegistrarPolicy
from tests.support.registration import CALL_ID, CONTACT, FLOW, NOW, binding, register

POLICY = RegistrarPolicy(expires_jitter=0.0)
INSTANCE = b'+sip.instance="<urn:uuid:1>"'
TCP = Flow("TCP", 0, "192.0.2.10", 50000, 3)


def made(request: Request, *existing: Binding, flow: Flow = FLOW) -> Decision:
    return decide(request, "1001", existing, flow, NOW, POLICY)


def test_a_first_contact_is_added_with_everything_that_is_known_of_it() -> None:
    written = b'"Flat" <sip:1001@10.0.0.5;ob>;q=0.5;expires=120;x=1;+sip.instance="<urn:uuid:1>"'
    request = register(cseq=7, contacts=[written], extra=[b"User-Agent: Phone 1.0"])

    new = Binding(
        user="1001",
        contact="sip:1001@10.0.0.5;ob",
        call_id=CALL_ID,
        cseq=7,
        expires_at=NOW + 120,
        q=0.5,
        path=(),
        flow=FLOW,
        user_agent="Phone 1.0",
        instance="urn:uuid:1",
        reg_id=0,
        params=';q=0.5;x=1;+sip.instance="<urn:uuid:1>"',
        updated_at=NOW,
        raw=written,
        asked=120,
    )
    assert made(request) == Accepted(Changes((new,), (BindingChanged(new),)))


def test_a_plain_contact_is_kept_once() -> None:
    outcome = made(register())

    assert isinstance(outcome, Accepted)
    assert (outcome.changes.after[0].raw, outcome.changes.after[0].echo) == (b"", CONTACT)


def test_without_contact_it_is_a_query() -> None:
    old = binding()

    assert made(register(contacts=[]), old) == Accepted(Changes((old,)))


def test_several_contacts_are_added_together() -> None:
    request = register(contacts=[b"<sip:a@192.0.2.1>, <sip:b@192.0.2.2>", b"<sip:c@192.0.2.3>"])

    outcome = made(request)

    assert isinstance(outcome, Accepted)
    contacts = [b.contact for b in outcome.changes.after]
    assert contacts == ["sip:a@192.0.2.1", "sip:b@192.0.2.2", "sip:c@192.0.2.3"]


def test_a_contact_with_interval_zero_is_removed() -> None:
    old, other = binding(), binding("sip:1001@192.0.2.77")

    outcome = made(register(cseq=2, expires=0), old, other)

    assert outcome == Accepted(Changes((other,), (BindingRemoved(old, "unregistered"),)))


def test_a_wildcard_contact_with_expires_zero_removes_every_binding() -> None:
    old, other = binding(), binding("sip:1001@192.0.2.77", call_id=b"another")

    outcome = made(register(cseq=2, contacts=[b"*"], expires=0), old, other)

    facts = (BindingRemoved(old, "unregistered"), BindingRemoved(other, "unregistered"))
    assert outcome == Accepted(Changes((), facts))


@pytest.mark.parametrize("expires", [None, 1, 300])
def test_a_wildcard_without_expires_zero_is_invalid(expires: int | None) -> None:
    outcome = made(register(contacts=[b"*"], expires=expires), binding())

    assert outcome == Rejected(400, b"Contact * Without Expires 0")


def test_a_wildcard_beside_another_contact_is_invalid() -> None:
    outcome = made(register(contacts=[b"*", CONTACT], expires=0), binding())

    assert isinstance(outcome, Rejected)
    assert outcome.status == 400


def test_a_wildcard_with_an_old_cseq_removes_nothing() -> None:
    newer = binding(cseq=5)

    outcome = made(register(cseq=5, contacts=[b"*"], expires=0), binding("sip:x@h"), newer)

    assert outcome == OUT_OF_ORDER


def test_one_contact_out_of_order_stops_all() -> None:
    request = register(cseq=3, contacts=[b"<sip:new@h>", CONTACT])

    assert made(request, binding(cseq=3)) == OUT_OF_ORDER


def test_a_reboot_with_a_new_call_id_may_start_counting_again() -> None:
    outcome = made(register(call_id=b"after-reboot", cseq=1), binding(cseq=500))

    assert isinstance(outcome, Accepted)
    assert outcome.changes.after[0].cseq == 1


def test_an_expired_binding_no_longer_keeps_the_order() -> None:
    expired = binding(cseq=500, expires_at=NOW - 1)

    outcome = made(register(cseq=1), expired)

    assert isinstance(outcome, Accepted)
    assert outcome.changes.facts == (
        BindingRemoved(expired, "expired"),
        BindingChanged(outcome.changes.after[0]),
    )


def test_the_interval_is_cut_to_the_maximum() -> None:
    outcome = made(register(expires=65535))

    assert isinstance(outcome, Accepted)
    assert outcome.changes.after[0].expires_at == NOW + 3600


def test_a_too_brief_interval_is_refused() -> None:
    assert made(register(expires=30)) == Rejected(423, extra=(b"Min-Expires: 60",))


def test_the_path_is_kept_and_given_back() -> None:
    lines = [b"Path: <sip:edge;lr>", b"Supported: path"]

    outcome = made(register(extra=lines))

    assert isinstance(outcome, Accepted)
    assert (outcome.path, outcome.changes.after[0].path) == (
        ("<sip:edge;lr>",),
        ("<sip:edge;lr>",),
    )


@pytest.mark.parametrize("flow", [TCP, FLOW])
def test_outbound_is_promised_on_every_flow(flow: Flow) -> None:
    contact = b"<sip:a@h>;reg-id=1;" + INSTANCE
    request = register(contacts=[contact], extra=[b"Supported: outbound"])

    outcome = made(request, flow=flow)

    assert isinstance(outcome, Accepted)
    assert (outcome.is_outbound, outcome.changes.after[0].reg_id) == (True, 1)


def test_an_endless_call_id_is_refused() -> None:
    assert isinstance(made(register(call_id=b"x" * 256)), Accepted)
    assert made(register(call_id=b"x" * 257)) == Rejected(400, b"Call-ID Too Long")


def test_a_malformed_contact_is_answered_400() -> None:
    outcome = made(register(contacts=[b"<sip:"]))

    assert isinstance(outcome, Rejected)
    assert outcome.status == 400


def test_a_long_user_agent_is_cut() -> None:
    outcome = made(register(extra=[b"User-Agent: " + b"x" * 500]))

    assert isinstance(outcome, Accepted)
    assert outcome.changes.after[0].user_agent == "x" * 128


def test_the_oldest_contact_makes_room_for_the_eleventh() -> None:
    ten = [binding(f"sip:a@192.0.2.{n}", updated_at=NOW - n) for n in range(10)]

    outcome = made(register(contacts=[b"<sip:a@192.0.2.99>"]), *ten)

    assert isinstance(outcome, Accepted)
    assert len(outcome.changes.after) == 10
    assert outcome.changes.facts[1] == BindingRemoved(ten[9], "displaced")


# --- granted intervals ---


def test_intervals_are_shortened_differently_at_each_refresh() -> None:
    policy = RegistrarPolicy(expires_jitter=0.1)

    granted = [grant(1800, policy, CALL_ID, cseq) for cseq in range(1, 200)]

    assert (min(granted) >= 1620, max(granted) <= 1800, len(set(granted)) > 50) == (
        True,
        True,
        True,
    )


@given(
    st.integers(1, 2**32 - 1),
    st.integers(1, 7200),
    st.integers(0, 2**32 - 1),
    st.floats(0, 1),
)
def test_a_grant_is_above_zero_and_never_longer_than_asked(
    wanted: int, minimum: int, cseq: int, jitter: float
) -> None:
    policy = RegistrarPolicy(min_expires=minimum, max_expires=7200, expires_jitter=jitter)

    granted = grant(wanted, policy, CALL_ID, cseq)

    assert min(wanted, minimum) <= granted <= min(wanted, 7200)


# --- the fast way ---

OUTBOUND_CONTACT = b"<sip:a@h;ob>;reg-id=1;" + INSTANCE
REFRESHES = {
    "plain": register(),
    "own expires": register(contacts=[CONTACT + b";expires=100"]),
    "no expires": register(expires=None),
    "display and q": register(contacts=[b'"Flat, 1" <sip:a@h>;q=0.7']),
    "user agent": register(extra=[b"User-Agent: Phone 1"]),
    "path": register(extra=[b"Path: <sip:e1;lr>,<sip:e2;lr>", b"Supported: path"]),
    "outbound": register(contacts=[OUTBOUND_CONTACT], extra=[b"Supported: outbound"]),
    "instance": register(contacts=[b"<sip:a@h>;" + INSTANCE]),
}


def again(request: Request) -> Request:
    """The same REGISTER with a higher CSeq."""
    raw = request.raw.replace(b"CSeq: 1 ", b"CSeq: 2 ")
    return register_from(raw)


def register_from(raw: bytes) -> Request:
    request = parse(raw)
    assert isinstance(request, Request)
    return request


@pytest.mark.parametrize("name", REFRESHES)
@pytest.mark.parametrize("others", [0, 2])
def test_the_fast_way_decides_as_the_general_way_does(name: str, others: int) -> None:
    beside = tuple(binding(f"sip:other@192.0.2.{n}") for n in range(others))
    first = decide(REFRESHES[name], "1001", beside, TCP, NOW - 50, POLICY)
    assert isinstance(first, Accepted)
    existing = first.changes.after
    refresh = again(REFRESHES[name])

    fast = decision._refresh(refresh, existing, TCP, NOW, POLICY)

    assert fast == decision._decide(refresh, "1001", existing, TCP, NOW, POLICY)
    assert isinstance(fast, Accepted)


def test_the_fast_way_keeps_the_strings_of_the_old_binding() -> None:
    old = binding()
    flow = Flow("UDP", 0, "192.0.2.10", 5062)

    outcome = made(register(cseq=2), old, flow=flow)

    assert isinstance(outcome, Accepted)
    new = outcome.changes.after[0]
    assert (new.contact is old.contact, new.flow is old.flow) == (True, True)


def test_a_phone_that_moved_is_reached_where_it_is_now() -> None:
    moved = Flow("UDP", 0, "198.51.100.7", 40000)

    outcome = made(register(cseq=2), binding(), flow=moved)

    assert isinstance(outcome, Accepted)
    assert outcome.changes.after[0].flow == moved


@pytest.mark.parametrize(
    "request_",
    [
        register(cseq=1),
        register(cseq=2, expires=0),
        register(cseq=2, expires=59),
        register(cseq=2, call_id=b"another"),
        register(cseq=2, contacts=[CONTACT, b"<sip:b@h>"]),
        register(cseq=2, extra=[b"Path: <sip:edge;lr>", b"Supported: path"]),
        register(cseq=2, contacts=[]),
    ],
)
def test_the_fast_way_leaves_the_rest_to_the_general_way(request_: Request) -> None:
    assert decision._refresh(request_, (binding(),), FLOW, NOW, POLICY) is None


OUTBOUND_BINDING = binding(
    "sip:a@h;ob", instance="urn:uuid:1", reg_id=1, raw=OUTBOUND_CONTACT, params=";reg-id=1"
)


@pytest.mark.parametrize(
    ("request_", "existing"),
    [
        (register(cseq=2), (binding(), binding("sip:old@h", expires_at=NOW))),
        (register(cseq=2), (binding(path=("<sip:edge;lr>",)),)),
        (
            register(cseq=2, extra=[b"Path: <sip:edge;lr>"]),
            (binding(path=("<sip:edge;lr>",)),),
        ),
        (
            register(
                cseq=2, contacts=[OUTBOUND_CONTACT], via=[b"SIP/2.0/UDP a;branch=z9hG4bK1"] * 2
            ),
            (OUTBOUND_BINDING,),
        ),
        (
            register_from(register(cseq=2).raw.replace(b"CSeq: 2 REGISTER", b"CSeq: x")),
            (binding(),),
        ),
        (register(cseq=2**32), (binding(),)),
        (
            register_from(register(cseq=2).raw.replace(b"CSeq: 2 REGISTER", b"CSeq: 2 INVITE")),
            (binding(),),
        ),
        (register_from(register(cseq=2).raw.replace(b"Expires: 300", b"Expires: x")), (binding(),)),
        (
            register_from(
                register(cseq=2).raw.replace(b"Expires: 300", b"Expires: " + b"9" * 5000)
            ),
            (binding(),),
        ),
        (register_from(register().raw.replace(b"Call-ID", b"X-Call-ID")), (binding(),)),
    ],
)
def test_the_fast_way_is_not_taken_where_something_else_changed(
    request_: Request, existing: tuple[Binding, ...]
) -> None:
    assert decision._refresh(request_, existing, FLOW, NOW, POLICY) is None


def test_the_fast_way_does_not_renew_what_has_expired() -> None:
    expired = binding(expires_at=NOW)

    assert decision._refresh(register(cseq=2), (expired,), FLOW, NOW, POLICY) is None


# --- properties ---

_uris = st.sampled_from([b"<sip:a@192.0.2.1>", b"<sip:b@192.0.2.2>", b"<sip:c@192.0.2.3>"])
_suffixes = st.sampled_from(
    [b"", b";expires=0", b";expires=90", b";expires=5", b";q=2", b";reg-id=1;" + INSTANCE]
)
_contacts = st.one_of(
    st.lists(st.builds(bytes.__add__, _uris, _suffixes), max_size=4),
    st.just([b"*"]),
    st.lists(
        st.binary(max_size=20).filter(lambda b: b"\r" not in b and b"\n" not in b), max_size=2
    ),
)
_requests = st.builds(
    register,
    cseq=st.integers(1, 6),
    call_id=st.sampled_from([b"call-a", b"call-b"]),
    contacts=_contacts,
    expires=st.sampled_from([None, 0, 30, 300, 100000]),
    extra=st.lists(
        st.sampled_from([b"Path: <sip:e;lr>", b"Supported: path", b"Supported: outbound"]),
        max_size=3,
        unique=True,
    ),
)


@given(st.lists(_requests, max_size=8), st.floats(0, 400))
def test_every_history_keeps_the_rules(history: list[Request], pause: float) -> None:
    policy = replace(POLICY, max_contacts=2)
    existing: tuple[Binding, ...] = ()
    now = NOW
    for request in history:
        outcome = decide(request, "1001", existing, FLOW, now, policy)
        if isinstance(outcome, Accepted):
            after = outcome.changes.after
            followed = {b.key: b for b in existing}
            for fact in outcome.changes.facts:  # what a listener makes of the facts
                if isinstance(fact, BindingChanged):
                    followed[fact.binding.key] = fact.binding
                else:
                    del followed[fact.binding.key]
            assert followed == {b.key: b for b in after}
            assert len({b.key for b in after}) == len(after) <= 2
            assert all(now < b.expires_at <= now + policy.max_expires for b in after)
            existing = after
        else:
            assert outcome.status in (400, 403, 420, 423, 439, 500)
        now += pause


@given(_requests)
def test_what_was_accepted_is_out_of_order_the_second_time(request: Request) -> None:
    first = made(request)

    if isinstance(first, Accepted) and first.changes.after:
        assert made(request, *first.changes.after) == OUT_OF_ORDER
