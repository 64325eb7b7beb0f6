"""From a REGISTER to its answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.flow import Flow
from sipcore.message.message import Response
from sipcore.registrar.binding import BindingChanged, BindingRemoved
from sipcore.registrar.digest import Authenticated, Challenged
from sipcore.registrar.outcome import Fault, Rejected
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.push import PushService
from sipcore.registrar.visit_accounts import VisitAccount
from tests.support.registration import (
    CALL_ID,
    CONTACT,
    FLOW,
    NOW,
    PASSWORD,
    Account,
    RegistrarBench,
    register,
)


def listed(response: Response) -> list[bytes]:
    return response.every(b"contact")


def test_a_registration_is_answered_with_the_contact_and_the_date() -> None:
    bench = RegistrarBench()

    response = bench.register()

    assert response.raw.split(b"\r\n") == [
        b"SIP/2.0 200 OK",
        b"Via: SIP/2.0/UDP 192.0.2.10:5062;received=192.0.2.10;rport=5062;branch=z9hG4bK1",
        b"From: <sip:1001@doorline.test>;tag=49583",
        b"To: <sip:1001@doorline.test>;tag=" + response.to_tag,
        b"Call-ID: " + CALL_ID,
        b"CSeq: 1 REGISTER",
        b"Contact: <sip:1001@192.0.2.10:5062>;expires=300",
        b"Date: Fri, 15 Jan 2027 08:00:00 GMT",
        b"Content-Length: 0",
        b"",
        b"",
    ]
    assert bench.location.bindings("1001")[0].flow == FLOW


def test_every_binding_is_listed_with_the_time_it_has_left() -> None:
    bench = RegistrarBench()
    bench.register(call_id=b"a", contacts=[b"<sip:a@h>;q=0.5;expires=600"])
    bench.now += 100

    response = bench.register(call_id=b"b", contacts=[b"<sip:b@h>"])

    assert listed(response) == [b"<sip:a@h>;q=0.5;expires=500", b"<sip:b@h>;expires=300"]


def test_a_binding_in_its_last_moment_is_not_listed_as_gone() -> None:
    bench = RegistrarBench()
    bench.register()
    bench.now += 299.8

    assert listed(bench.register(contacts=[], cseq=2)) == [CONTACT + b";expires=1"]


def test_a_request_without_credentials_is_challenged_and_changes_nothing() -> None:
    bench = RegistrarBench()

    response = bench.send(register())

    assert (response.status, len(response.every(b"www-authenticate"))) == (401, 2)
    assert bench.facts == []


def test_a_wrong_password_is_forbidden() -> None:
    bench = RegistrarBench()

    response = bench.send(register(extra=[bench.credentials(password="wrong")]))

    assert (response.status, response.reason, bench.facts) == (403, b"Forbidden", [])


def test_answers_to_unknown_and_known_users_differ_in_nothing_but_the_user() -> None:
    bench = RegistrarBench()
    answers = []
    for user in ("1001", "9999"):
        line = bench.credentials(user=user, password="wrong")
        answers.append(bench.send(register(user, extra=[line])).raw.replace(user.encode(), b"U"))

    assert answers[0] == answers[1]


def verdict(
    bench: RegistrarBench, *, user: str = "1001", password: str = PASSWORD, **kw: object
) -> object:
    line = bench.credentials(user, password)
    request = register(extra=[line], **kw)  # type: ignore[arg-type]
    return bench.registrar.handle(request, FLOW, bench.now).verdict


def fault_of(found: object) -> Fault | None:
    assert isinstance(found, Rejected)
    return found.fault


def test_with_the_answer_comes_what_the_request_proved() -> None:
    """A right password stays right when the answer is a refusal for another reason."""
    policy = RegistrarPolicy(max_contacts=1, refuses_surplus=True)
    bench = RegistrarBench(policy=policy)
    two = [b"<sip:a@h>", b"<sip:b@h>"]

    assert isinstance(bench.registrar.handle(register(), FLOW, NOW).verdict, Challenged)
    assert isinstance(verdict(bench), Authenticated)
    assert isinstance(verdict(bench, contacts=two, cseq=2), Authenticated)
    assert bench.register(contacts=two, cseq=3).status == 403


def test_a_fault_of_the_sender_is_named() -> None:
    bench = RegistrarBench(Account("1001", PASSWORD), Account("1002", PASSWORD))

    assert fault_of(verdict(bench, password="guess")) is Fault.CREDENTIALS
    assert fault_of(verdict(bench, to=b"<sip:1002@doorline.test>")) is Fault.FORGED
    assert fault_of(verdict(bench, to=b"<sip:1001@elsewhere.test>")) is Fault.FOREIGN
    assert fault_of(verdict(bench, uri=b"sip:elsewhere.test")) is Fault.FOREIGN


def test_an_account_changes_only_its_own_aor() -> None:
    bench = RegistrarBench(Account("1001", "secret"), Account("1002", "other"))

    response = bench.send(register("1002", extra=[bench.credentials("1001")]))

    assert (response.status, bench.facts) == (403, [])


@pytest.mark.parametrize(
    ("to", "status"),
    [
        (b'"Flat 1" <sip:1001@doorline.test>', 200),
        (b"<sip:%31001@DOORLINE.TEST;user=phone>", 200),  # canonical form, §10.3 step 5
        (b"sip:1001@192.0.2.100", 200),
        (b"<sip:1001@elsewhere.test>", 404),
        (b"<tel:1001>", 404),
        (b"<sip:1002@doorline.test>", 403),
        (b"<sip:", 400),
    ],
)
def test_the_aor_is_what_to_says(to: bytes, status: int) -> None:
    assert RegistrarBench().register(to=to).status == status


@pytest.mark.parametrize(
    ("uri", "status"),
    [
        (b"sip:elsewhere.test", 404),
        (b"tel:1001", 416),
        (b"nonsense", 416),
        (b"sips:doorline.test:5061", 401),
        (b"sip:192.0.2.100", 401),
    ],
)
def test_the_request_uri_must_be_our_domain(uri: bytes, status: int) -> None:
    assert RegistrarBench().send(register(uri=uri)).status == status


def test_an_unknown_extension_is_named() -> None:
    response = RegistrarBench().send(register(extra=[b"Require: path, gruu, x"]))

    assert (response.status, response.first(b"unsupported")) == (420, b"gruu, x")


def test_known_extensions_may_be_required() -> None:
    assert RegistrarBench().send(register(extra=[b"Require: path"])).status == 401


def test_a_too_brief_interval_is_answered_with_the_minimum() -> None:
    response = RegistrarBench().register(expires=30)

    assert (response.status, response.reason) == (423, b"Interval Too Brief")
    assert response.first(b"min-expires") == b"60"


def test_a_refresh_with_the_same_nonce_needs_no_new_challenge() -> None:
    bench = RegistrarBench()
    bench.register()
    bench.now += 200

    response = bench.register(cseq=2)

    assert (response.status, listed(response)) == (200, [CONTACT + b";expires=300"])
    binding = bench.location.bindings("1001")[0]
    assert (binding.expires_at, binding.updated_at) == (NOW + 500, NOW + 200)
    assert bench.facts[1] == BindingChanged(binding)


def test_unregistering_removes_the_binding() -> None:
    bench = RegistrarBench()
    bench.register()
    binding = bench.location.bindings("1001")[0]

    response = bench.register(cseq=2, expires=0)

    assert (response.status, listed(response)) == (200, [])
    assert bench.facts[1:] == [BindingRemoved(binding, "unregistered")]


def test_a_retransmission_is_answered_again_and_changes_nothing() -> None:
    bench = RegistrarBench()
    request = register(extra=[bench.credentials()])
    first = bench.send(request)
    bench.now += 4

    second = bench.send(request)

    assert (first.status, second.status, len(bench.facts)) == (200, 200, 1)
    assert listed(second) == [CONTACT + b";expires=296"]
    assert first.to_tag == second.to_tag


def test_a_retransmission_does_not_bring_back_what_is_gone() -> None:
    bench = RegistrarBench()
    request = register(extra=[bench.credentials()])
    bench.send(request)
    bench.location.remove_user("1001")

    response = bench.send(request)

    assert (response.status, listed(response), len(bench.location)) == (200, [], 0)


def test_a_retransmitted_refusal_is_the_same_refusal() -> None:
    bench = RegistrarBench()
    request = register(expires=30, extra=[bench.credentials()])

    assert [bench.send(request).status for _ in range(2)] == [423, 423]


def test_a_captured_request_with_another_contact_is_challenged() -> None:
    bench = RegistrarBench()
    line = bench.credentials()
    bench.send(register(extra=[line]))

    stolen = register(extra=[line], cseq=9, contacts=[b"<sip:1001@attacker.example>"])

    assert bench.send(stolen).status == 401
    assert [b.contact for b in bench.location] == ["sip:1001@192.0.2.10:5062"]


def test_an_old_cseq_with_new_credentials_fails() -> None:
    bench = RegistrarBench()
    bench.register(cseq=5)

    response = bench.register(cseq=5)

    assert (response.status, len(bench.facts)) == (500, 1)


def test_the_path_comes_back() -> None:
    lines = [b"Path: <sip:e1;lr>, <sip:e2;lr>", b"Supported: path"]

    response = RegistrarBench().register(extra=lines)

    assert response.values(b"path") == [b"<sip:e1;lr>", b"<sip:e2;lr>"]


def test_outbound_is_confirmed_on_a_connection() -> None:
    contact = b'<sip:a@h;transport=tcp>;reg-id=1;+sip.instance="<urn:uuid:1>"'
    flow = Flow("TCP", 1, "192.0.2.10", 50000, 4)
    bench = RegistrarBench()

    response = bench.register(flow=flow, contacts=[contact], extra=[b"Supported: path, outbound"])

    assert response.first(b"require") == b"outbound"
    assert listed(response) == [contact + b";expires=300"]


def test_a_phone_behind_a_nat_is_reached_where_its_packets_come_from() -> None:
    bench = RegistrarBench()
    public = Flow("UDP", 0, "198.51.100.7", 31000)

    bench.register(flow=public, contacts=[b"<sip:1001@192.168.1.50:5062>"])

    binding = bench.location.bindings("1001")[0]
    assert (binding.flow, binding.contact) == (public, "sip:1001@192.168.1.50:5062")


def test_what_happened_is_counted() -> None:
    bench = RegistrarBench()
    bench.register()
    request = register(cseq=2, extra=[bench.credentials()])
    bench.send(request)
    bench.send(request)
    bench.send(register(uri=b"sip:elsewhere.test"))
    bench.now += 4000
    bench.register(cseq=3)

    assert bench.registrar.counters == {
        "accepted": 2,
        "repeated": 1,
        "challenged": 1,
        "stale": 1,
        "rejected": 1,
    }


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"<sip:a@h>", b"<sip:b@h>", b"*", b"<sip:c@h>;expires=0", b"<"]),
            st.sampled_from([None, 0, 60, 300]),
            st.integers(0, 100),
        ),
        max_size=10,
    )
)
def test_memory_and_answers_agree(steps: list[tuple[bytes, int | None, int]]) -> None:
    bench = RegistrarBench(policy=RegistrarPolicy(expires_jitter=0.0, max_contacts=2))
    for number, (contact, expires, pause) in enumerate(steps):
        response = bench.register(cseq=number + 1, contacts=[contact], expires=expires)
        if response.status == 200:
            contacts = [value.partition(b">")[0] + b">" for value in listed(response)]
            known = [f"<{b.contact}>".encode() for b in bench.location.bindings("1001")]
            assert contacts == known
        bench.now += pause
        bench.location.expire(bench.now)


# -- accounts of one visit --------------------------------------------------------------------


ONCE = "once"


class Visit:
    """A registrar that made an account for a visit at 1001, good for 40 seconds."""

    def __init__(self, *, policy: RegistrarPolicy | None = None, enabled: bool = True) -> None:
        self.bench = RegistrarBench(
            Account("1001", PASSWORD, enabled=enabled), Account("1002", "other"), policy=policy
        )
        self.came: list[VisitAccount] = []
        self.bench.visits.listen(self.came.append)
        self.account = self.bench.visits.open(
            "v1", "1001", "phone", "visit-7", "once", NOW, NOW + 40
        )

    def register(self, user: str = "1001", *, password: str = ONCE, **kw: object) -> Response:
        """The answer to a REGISTER for an account with the credentials of the push."""
        line = self.bench.credentials("visit-7", password)
        return self.bench.send(register(user, extra=(line,), **kw))  # type: ignore[arg-type]


def test_a_phone_registers_for_a_visit_with_the_account_of_its_push() -> None:
    visit = Visit()

    response = visit.register()

    assert (response.status, listed(response)) == (200, [CONTACT + b";expires=40"])
    assert visit.came == [visit.account]
    (made,) = visit.account.live(NOW)
    assert (made.contact, made.user, made.expires_at) == (CONTACT[1:-1].decode(), "1001", NOW + 40)


def test_what_registers_for_a_visit_is_nowhere_else() -> None:
    visit = Visit()
    visit.bench.register(contacts=[b"<sip:1001@192.0.2.99>"], call_id=b"desk")
    before = (visit.bench.location.bindings("1001"), list(visit.bench.facts))

    response = visit.register()

    assert listed(response) == [CONTACT + b";expires=40"]
    assert (visit.bench.location.bindings("1001"), visit.bench.facts) == before


def test_a_phone_may_say_goodbye() -> None:
    visit = Visit()
    visit.register()

    response = visit.register(cseq=2, expires=0)

    assert (response.status, listed(response), visit.account.live(NOW)) == (200, [], ())
    assert visit.came == [visit.account]


@pytest.mark.parametrize(
    "wrong", ["another account's number", "password", "too late", "switched off", "unknown"]
)
def test_an_account_of_a_visit_is_refused_as_any_other(wrong: str) -> None:
    visit = Visit(enabled=wrong != "switched off")
    if wrong == "too late":
        visit.bench.now += 40
    if wrong == "unknown":
        visit.bench.visits.drop(visit.account)
    response = visit.register(
        "1002" if wrong == "another account's number" else "1001",
        password="guessed" if wrong == "password" else "once",
    )

    assert (response.status, response.reason) == (403, b"Forbidden")
    assert (visit.came, visit.account.bindings) == ([], ())
    assert len(visit.bench.location) == 0


def test_the_password_of_a_visit_opens_no_other_account() -> None:
    visit = Visit()
    line = visit.bench.credentials("1001", "once")

    assert visit.bench.send(register(extra=(line,))).status == 403


def test_a_repeated_register_for_a_visit_changes_nothing() -> None:
    visit = Visit()
    request = register(extra=(visit.bench.credentials("visit-7", "once"),))
    first, second = visit.bench.send(request), visit.bench.send(request)

    assert (first.status, second.status, listed(second)) == (200, 200, listed(first))
    assert visit.came == [visit.account]


def test_a_phone_that_registers_for_a_visit_is_promised_no_pushes() -> None:
    services = (PushService("fcm", ("project",)),)
    visit = Visit(policy=RegistrarPolicy(push_services=services))
    token = b"<sip:1001@192.0.2.10;pn-provider=fcm;pn-param=project;pn-prid=token>"

    response = visit.register(contacts=[token])

    assert (response.status, response.first(b"feature-caps")) == (200, None)
