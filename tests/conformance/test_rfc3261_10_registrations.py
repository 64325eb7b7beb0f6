"""RFC 3261 §10: registrations, message by message."""

import pytest

from sipcore.message.message import Response
from sipcore.registrar.policy import RegistrarPolicy
from tests.support.registration import CONTACT, Account, RegistrarBench, register

A, B = b"<sip:a@192.0.2.10:5062>", b"<sip:b@192.0.2.10:5064>"


def listed(response: Response) -> list[bytes]:
    return response.every(b"contact")


def contacts_of(bench: RegistrarBench) -> list[str]:
    return [binding.contact for binding in bench.location.bindings("1001")]


def test_the_response_takes_via_from_to_call_id_and_cseq_from_the_request() -> None:
    """§8.2.6.2: and a tag is added to To."""
    response = RegistrarBench().register(cseq=7)

    assert response.status == 200
    assert response.cseq.number == 7
    assert response.from_tag == b"49583"
    assert response.to_tag != b""
    assert response.first(b"call-id") == b"1-phone@192.0.2.10"


def test_record_route_is_ignored_and_never_answered() -> None:
    """§10.3."""
    response = RegistrarBench().register(extra=[b"Record-Route: <sip:proxy;lr>"])

    assert (response.status, response.first(b"record-route")) == (200, None)


@pytest.mark.parametrize(
    ("uri", "status"),
    [(b"sip:doorline.test", 200), (b"sip:elsewhere.test", 404), (b"tel:1001", 416)],
)
def test_step_1_the_request_uri_names_the_domain(uri: bytes, status: int) -> None:
    """§10.3 step 1."""
    assert RegistrarBench().register(uri=uri).status == status


def test_step_2_an_unknown_extension_is_refused_by_name() -> None:
    """§10.3 step 2, §8.2.2.3: before anybody is asked for credentials."""
    bench = RegistrarBench()

    response = bench.send(register(extra=[b"Require: path, nothing-we-know, nor-this"]))

    assert response.status == 420
    assert response.values(b"unsupported") == [b"nothing-we-know", b"nor-this"]


def test_step_3_who_does_not_say_who_he_is_is_asked() -> None:
    """§10.3 step 3, §22.1: a registrar asks with 401 and WWW-Authenticate."""
    response = RegistrarBench().send(register())

    assert (response.status, response.first(b"proxy-authenticate")) == (401, None)


def test_step_4_another_account_is_forbidden() -> None:
    """§10.3 step 4."""
    bench = RegistrarBench(Account("1001", "secret"), Account("1002", "other"))

    assert bench.send(register("1002", extra=[bench.credentials("1001")])).status == 403


@pytest.mark.parametrize(
    ("to", "status"),
    [
        (b"<sip:1001@elsewhere.test>", 404),
        (b"<sip:%31001@doorline.test;user=phone;x=1>", 200),
        (b"<sip:1001:pw@DOORLINE.TEST:5060>", 200),
    ],
)
def test_step_5_the_address_of_record_is_brought_to_its_canonical_form(
    to: bytes, status: int
) -> None:
    """§10.3 step 5: without parameters and escapes."""
    bench = RegistrarBench()

    assert bench.register(to=to).status == status
    assert len(bench.location.bindings("1001")) == (status == 200)


def test_step_6_without_contact_the_bindings_are_told_and_stay() -> None:
    """§10.2.3 and §10.3 step 6: a query, which moves no CSeq."""
    bench = RegistrarBench()
    bench.register(cseq=5)

    query = bench.register(cseq=6, contacts=[], expires=None)

    assert listed(query) == [CONTACT + b";expires=300"]
    assert bench.location.bindings("1001")[0].cseq == 5


@pytest.mark.parametrize(
    ("contacts", "expires"),
    [
        ([b"*"], None),
        ([b"*"], 1),
        ([b"*", A], 0),
        ([b"*, <sip:b@h>"], 0),
        ([A, b"*"], 0),
    ],
)
def test_step_6_a_star_stands_alone_and_with_expires_0(
    contacts: list[bytes], expires: int | None
) -> None:
    """§10.3 step 6: anything else is 400, and nothing is removed."""
    bench = RegistrarBench()
    bench.register()

    response = bench.register(cseq=2, contacts=contacts, expires=expires)

    assert (response.status, len(bench.location)) == (400, 1)


def test_step_6_a_star_removes_what_other_call_ids_made() -> None:
    """§10.3 step 6."""
    bench = RegistrarBench()
    bench.register(call_id=b"one", cseq=9, contacts=[A])
    bench.register(call_id=b"two", cseq=1, contacts=[B])

    response = bench.register(call_id=b"three", cseq=1, contacts=[b"*"], expires=0)

    assert (response.status, listed(response), len(bench.location)) == (200, [], 0)


def test_step_6_a_star_of_the_same_call_id_needs_a_higher_cseq_or_removes_nothing() -> None:
    """§10.3 step 6: the update is aborted as a whole."""
    bench = RegistrarBench()
    bench.register(call_id=b"one", cseq=9, contacts=[A])
    bench.register(call_id=b"two", cseq=9, contacts=[B])

    response = bench.register(call_id=b"two", cseq=9, contacts=[b"*"], expires=0)

    assert (response.status, len(bench.location)) == (500, 2)


@pytest.mark.parametrize(
    ("contact", "expires", "granted"),
    [
        (b"<sip:a@h>;expires=120", 240, 120),
        (b"<sip:a@h>", 240, 240),
        (b"<sip:a@h>", None, 300),
        (b"<sip:a@h>;expires=4294967295", None, 3600),
        (b"<sip:a@h>;expires=abc", None, 3600),
        (b"<sip:a@h>;expires=7200", 60, 3600),
    ],
)
def test_step_7_the_interval(contact: bytes, expires: int | None, granted: int) -> None:
    """§10.3 step 7: the contact's own, the header's, the default; a longer wish is cut."""
    response = RegistrarBench().register(contacts=[contact], expires=expires)

    assert [value.rpartition(b"=")[2] for value in listed(response)] == [b"%d" % granted]


@pytest.mark.parametrize(("expires", "status"), [(59, 423), (60, 200), (1, 423), (0, 200)])
def test_step_7_a_short_interval_is_refused_with_the_minimum(expires: int, status: int) -> None:
    """§10.3 step 7: 423 with Min-Expires, but never for zero."""
    response = RegistrarBench().register(expires=expires)

    minimum = b"60" if status == 423 else None
    assert (response.status, response.first(b"min-expires")) == (status, minimum)


def test_step_7_an_hour_is_never_too_short() -> None:
    """§10.3 step 7: "smaller than one hour AND less than a minimum"."""
    bench = RegistrarBench(policy=RegistrarPolicy(min_expires=7200, max_expires=9000))

    assert [bench.register(cseq=n, expires=s).status for n, s in ((1, 3599), (2, 3600))] == [
        423,
        200,
    ]


def test_step_7_one_bad_contact_fails_them_all() -> None:
    """§10.3: processed completely or not at all."""
    bench = RegistrarBench()
    bench.register(call_id=b"one", cseq=5, contacts=[A])

    too_short = bench.register(cseq=1, contacts=[B, b"<sip:c@h>;expires=5"])
    out_of_order = bench.register(call_id=b"one", cseq=5, contacts=[B, A])

    assert (too_short.status, out_of_order.status) == (423, 500)
    assert contacts_of(bench) == ["sip:a@192.0.2.10:5062"]


@pytest.mark.parametrize("cseq", [4, 5])
@pytest.mark.parametrize("expires", [0, 300])
def test_step_7_the_same_call_id_needs_a_higher_cseq(cseq: int, expires: int) -> None:
    """§10.3 step 7: for an update as for a removal."""
    bench = RegistrarBench()
    bench.register(cseq=5, expires=200)
    before = bench.location.bindings("1001")

    assert bench.register(cseq=cseq, expires=expires).status == 500
    assert bench.location.bindings("1001") == before


def test_step_7_another_call_id_may_always_update_and_remove() -> None:
    """§10.3 step 7: a phone that was restarted counts from the beginning."""
    bench = RegistrarBench()
    bench.register(call_id=b"one", cseq=500)

    assert bench.register(call_id=b"two", cseq=1).status == 200
    assert bench.register(call_id=b"three", cseq=1, expires=0).status == 200
    assert len(bench.location) == 0


@pytest.mark.parametrize(
    ("written", "is_same"),
    [
        (b"<sip:%61lice@AtLanTa.CoM;Transport=TCP>", True),
        (b"<sip:alice@atlanta.com;transport=tcp;newparam=5>", True),
        (b"<sip:alice@atlanta.com>", False),
        (b"<sip:ALICE@atlanta.com;transport=tcp>", False),
        (b"<sip:alice@atlanta.com:5060;transport=tcp>", False),
        (b"<sips:alice@atlanta.com;transport=tcp>", False),
    ],
)
def test_step_7_bindings_are_found_by_the_rules_for_uris(written: bytes, is_same: bool) -> None:
    """§10.3 step 7 with §19.1.4."""
    bench = RegistrarBench()
    bench.register(contacts=[b"<sip:alice@atlanta.com;transport=tcp>"])

    bench.register(cseq=2, contacts=[written])

    assert len(bench.location) == (1 if is_same else 2)


def test_step_7_some_contacts_come_and_others_go_in_one_request() -> None:
    """§10.2.2 with §10.3 step 7."""
    bench = RegistrarBench()
    bench.register(contacts=[A])

    response = bench.register(cseq=2, contacts=[A + b";expires=0", B + b";q=0.7"])

    assert listed(response) == [B + b";q=0.7;expires=300"]


def test_step_8_every_binding_is_listed_with_its_own_interval_and_the_date() -> None:
    """§10.3 step 8."""
    bench = RegistrarBench()
    bench.register(call_id=b"one", contacts=[A + b";q=0.5"], expires=600)
    bench.now += 60.4

    response = bench.register(call_id=b"two", contacts=[B])

    assert listed(response) == [A + b";q=0.5;expires=540", B + b";expires=300"]
    assert response.first(b"date") == b"Fri, 15 Jan 2027 08:01:00 GMT"


@pytest.mark.parametrize("q", [b"1.1", b"-1", b"x", b""])
def test_a_preference_beyond_its_range_is_malformed(q: bytes) -> None:
    """§20.10, §25.1."""
    assert RegistrarBench().register(contacts=[A + b";q=" + q]).status == 400


def test_a_contact_may_have_any_scheme_and_headers() -> None:
    """§10.2.1: "the REGISTER may contain any URI"."""
    odd = [b"<tel:+49301234>", b"<mailto:a@doorline.test>", b"<sip:a@h?Subject=x>", b"<sips:a@h>"]

    response = RegistrarBench().register(contacts=odd)

    assert listed(response) == [contact + b";expires=300" for contact in odd]


def test_the_same_request_again_gets_the_same_answer_and_changes_nothing() -> None:
    """§8.2.7: a stateless server recognises it by its credentials."""
    bench = RegistrarBench()
    request = register(extra=[bench.credentials()])

    first, facts = bench.send(request), list(bench.facts)

    assert (bench.send(request).raw, bench.facts) == (first.raw, facts)


def test_no_answer_is_a_6xx() -> None:
    """§10.3."""
    bench = RegistrarBench()
    odd = [b"*", b"<sip:", b"<x:y>", b"<sip:a@h>;q=9", b""]

    assert all(bench.register(cseq=n, contacts=[c]).status < 600 for n, c in enumerate(odd, 1))


def test_an_account_that_is_full_lets_its_oldest_contact_go_or_refuses_the_new_one() -> None:
    """A local policy (§10.3 leaves it open)."""
    for refuses, status, left in (
        (False, 200, ["sip:2@h", "sip:3@h"]),
        (True, 403, ["sip:1@h", "sip:2@h"]),
    ):
        bench = RegistrarBench(policy=RegistrarPolicy(max_contacts=2, refuses_surplus=refuses))
        for number in (1, 2, 3):
            bench.now += 1
            response = bench.register(call_id=b"%d" % number, contacts=[b"<sip:%d@h>" % number])

        assert (response.status, contacts_of(bench)) == (status, left)
