"""What a REGISTER asks for."""

import pytest

from sipcore.kernel.errors import BadMessage
from sipcore.message.contact import Wildcard
from sipcore.message.message import Request
from sipcore.registrar.outcome import Refused, Rejected
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.wish import Wish, Wishes, read_wishes, wanted
from tests.support.registration import register

POLICY = RegistrarPolicy()
INSTANCE = b'+sip.instance="<urn:uuid:1>"'
FLOW_1 = b"<sip:a@192.0.2.10;transport=tcp>;reg-id=1;" + INSTANCE
OUTBOUND = b"Supported: path, outbound"
VIA = b"SIP/2.0/TCP 192.0.2.9;branch=z9hG4bK2"


def read(request: Request, policy: RegistrarPolicy = POLICY) -> Wishes:
    contacts = request.contacts
    assert not isinstance(contacts, Wildcard)
    return read_wishes(request, contacts, policy)


def refusal(request: Request, policy: RegistrarPolicy = POLICY) -> Rejected:
    with pytest.raises(Refused) as refused:
        read(request, policy)
    return refused.value.answer


def test_a_contact_is_read_with_its_interval() -> None:
    request = register(contacts=[b"<sip:a@h>;expires=100"], expires=200)

    wishes = read(request)

    contacts = request.contacts
    assert not isinstance(contacts, Wildcard)
    assert wishes == Wishes((Wish(contacts[0], b"<sip:a@h>;expires=100", 100, "", 0),))


@pytest.mark.parametrize(
    ("asked", "expires", "seconds"),
    [(70, 80, 70), (0, 80, 0), (-1, 80, 80), (-1, 0, 0), (-1, None, 300)],
)
def test_the_interval_is_the_contacts_own_then_the_headers_then_the_default(
    asked: int, expires: int | None, seconds: int
) -> None:
    assert wanted(asked, register(expires=expires), POLICY) == seconds


@pytest.mark.parametrize(("seconds", "minimum"), [(1, 60), (59, 60), (3599, 7200)])
def test_a_too_short_interval_is_refused_with_the_minimum(seconds: int, minimum: int) -> None:
    policy = RegistrarPolicy(min_expires=minimum)

    answer = refusal(register(expires=seconds), policy)

    assert answer == Rejected(423, extra=(b"Min-Expires: %d" % minimum,))


def test_an_hour_is_never_too_short() -> None:
    # RFC 3261 §10.3 step 7: "if and only if … smaller than one hour"
    wishes = read(register(expires=3600), RegistrarPolicy(min_expires=7200))

    assert wishes.contacts[0].seconds == 3600


def test_more_contacts_than_an_account_may_have_are_refused() -> None:
    contacts = [b"<sip:a@192.0.2.%d>" % number for number in range(11)]

    assert refusal(register(contacts=contacts)) == Rejected(403, b"Too Many Contacts")


def test_an_endless_contact_is_refused() -> None:
    contact = b"<sip:a@h;pn-prid=" + b"x" * 2048 + b">"

    assert refusal(register(contacts=[contact])) == Rejected(400, b"Contact Too Long")


def test_a_contact_may_have_any_scheme() -> None:
    wishes = read(register(contacts=[b"<sip:a@h>", b"<mailto:a@h>", b"<tel:+4930123>"]))

    assert [str(wish.contact.uri) for wish in wishes.contacts] == [
        "sip:a@h",
        "mailto:a@h",
        "tel:+4930123",
    ]


def test_a_contact_that_is_not_utf_8_is_refused() -> None:
    answer = refusal(register(contacts=[b'"\xff" <sip:a@h>']))

    assert answer == Rejected(400, b"Contact Is Not UTF-8")


def test_push_parameters_stay_in_the_contact() -> None:
    # RFC 8599 §4.1
    written = b"<sip:a@h;pn-provider=acme;pn-param=p;pn-prid=ZTY4ZDJlMzODE1NmUgKi0K>"

    assert str(read(register(contacts=[written])).contacts[0].contact.uri) == written.decode()[1:-1]


def test_path_values_are_kept_in_order() -> None:
    lines = [b"Path: <sip:p1;lr>, <sip:p2;lr>", b"Path: <sip:p3;lr>", b"Supported: path"]

    assert read(register(extra=lines)).path == ("<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>")


def test_path_without_support_is_refused_as_rfc_3327_recommends() -> None:
    answer = refusal(register(extra=[b"Path: <sip:p1;lr>"]))

    assert answer == Rejected(420, extra=(b"Unsupported: path",))


def test_path_without_support_is_taken_behind_an_edge_proxy() -> None:
    policy = RegistrarPolicy(path_without_support=True)

    assert read(register(extra=[b"Path: <sip:p1;lr>"]), policy).path == ("<sip:p1;lr>",)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (b"<sip:p;x=" + b"y" * 2048 + b">", b"Path Too Long"),
        (b", ".join([b"<sip:p>"] * 17), b"Path Too Long"),
        (b"<mailto:p@h>", b"Path Is Not A SIP URI"),
        (b'"\xfe" <sip:p>', b"Path Is Not UTF-8"),
    ],
)
def test_an_odd_path_is_refused(path: bytes, reason: bytes) -> None:
    request = register(extra=[b"Path: " + path, b"Supported: path"])

    assert refusal(request) == Rejected(400, reason)


def test_a_flow_is_named_by_instance_and_reg_id() -> None:
    wishes = read(register(contacts=[FLOW_1], extra=[OUTBOUND]))

    wish = wishes.contacts[0]
    assert (wish.instance, wish.reg_id, wishes.is_outbound) == ("urn:uuid:1", 1, True)


def test_outbound_is_not_promised_to_a_phone_that_does_not_know_it() -> None:
    wishes = read(register(contacts=[FLOW_1]))

    assert (wishes.contacts[0].reg_id, wishes.is_outbound) == (1, False)


def test_a_reg_id_without_instance_is_ignored() -> None:
    wishes = read(register(contacts=[b"<sip:a@h>;reg-id=1"], extra=[OUTBOUND]))

    assert (wishes.contacts[0].reg_id, wishes.is_outbound) == (0, False)


@pytest.mark.parametrize("reg_id", [b"0", b"-1", b"x", b"2147483648", b"99999999999"])
def test_a_malformed_reg_id_is_an_error(reg_id: bytes) -> None:
    with pytest.raises(BadMessage):
        read(register(contacts=[b"<sip:a@h>;" + INSTANCE + b";reg-id=" + reg_id]))


def test_several_contacts_with_a_flow_are_refused() -> None:
    answer = refusal(register(contacts=[FLOW_1, b"<sip:b@h>"], extra=[OUTBOUND]))

    assert answer == Rejected(400, b"Several Contacts With reg-id")


def test_a_flow_may_be_registered_while_another_contact_is_removed() -> None:
    wishes = read(register(contacts=[FLOW_1, b"<sip:b@h>;expires=0"], extra=[OUTBOUND]))

    assert [wish.seconds for wish in wishes.contacts] == [300, 0]


def test_a_first_hop_without_outbound_is_told_to_the_phone() -> None:
    request = register(contacts=[FLOW_1], extra=[OUTBOUND], via=[VIA, VIA])

    assert refusal(request) == Rejected(439, b"First Hop Lacks Outbound Support")


def test_behind_a_first_hop_without_outbound_the_reg_id_is_ignored() -> None:
    wishes = read(register(contacts=[FLOW_1], via=[VIA, VIA]))

    wish = wishes.contacts[0]
    assert (wish.instance, wish.reg_id, wishes.is_outbound) == ("urn:uuid:1", 0, False)


def test_an_edge_proxy_that_takes_part_makes_outbound_work() -> None:
    lines = [OUTBOUND, b"Path: <sip:edge;lr;ob>"]

    wishes = read(register(contacts=[FLOW_1], extra=lines, via=[VIA, VIA]))

    assert (wishes.contacts[0].reg_id, wishes.is_outbound) == (1, True)
