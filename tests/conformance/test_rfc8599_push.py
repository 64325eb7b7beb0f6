"""RFC 8599: push parameters in REGISTER."""

import pytest

from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.push import PushService
from tests.support.registration import RegistrarBench

CONTACT = b"<sip:1001@192.0.2.10:5062;pn-provider=fcm;pn-param=project;pn-prid=APA91b%3Aabc>"


def test_the_parameters_are_kept_with_the_binding() -> None:
    """§4.1.2: they stand in the contact URI, which comes back as it was."""
    bench = RegistrarBench()

    response = bench.register(contacts=[CONTACT])

    assert response.every(b"contact") == [CONTACT + b";expires=300"]
    assert bench.location.bindings("1001")[0].contact == CONTACT[1:-1].decode()


SERVICES = (
    PushService("fcm", ("project",)),
    PushService("apns", ("DEF123GHIJ.com.example.app.voip",)),
)


def waking_bench() -> RegistrarBench:
    """A registrar of a server that wakes phones."""
    return RegistrarBench(policy=RegistrarPolicy(expires_jitter=0.0, push_services=SERVICES))


def test_without_services_nothing_is_promised() -> None:
    """§4.1.1: a 2xx without Feature-Caps tells the phone that it will not be woken."""
    response = RegistrarBench().register(contacts=[CONTACT])

    assert (response.status, response.first(b"feature-caps")) == (200, None)


def test_without_services_a_query_is_answered_alike() -> None:
    """§4.1.5: pn-provider without pn-prid asks what is there; nothing is, and it may register."""
    for provider in (b";pn-provider", b";pn-provider=apns"):
        contact = b"<sip:1001@192.0.2.10:5062%b>" % provider
        bench = RegistrarBench()

        response = bench.register(contacts=[contact])

        assert (response.status, response.first(b"feature-caps")) == (200, None)


def test_a_new_token_makes_a_new_contact() -> None:
    """§4.1.3 with RFC 3261 §19.1.4: pn-prid present in both URIs is compared."""
    bench = RegistrarBench()
    bench.register(contacts=[CONTACT])

    bench.register(cseq=2, contacts=[CONTACT.replace(b"abc>", b"def>")])

    assert len(bench.location) == 2


@pytest.mark.feature("G03")
def test_a_phone_of_a_known_service_is_promised_to_be_woken() -> None:
    """§4.1.1, §5.4: Feature-Caps with the service in a 200, and in that of each refresh."""
    bench = waking_bench()

    answers = [bench.register(cseq=cseq, contacts=[CONTACT]) for cseq in (1, 2, 3)]

    assert [(answer.status, answer.first(b"feature-caps")) for answer in answers] == [
        (200, b'*;+sip.pns="fcm"')
    ] * 3


@pytest.mark.parametrize(
    "contact",
    [CONTACT.replace(b"=project", b"=another"), CONTACT.replace(b"=fcm", b"=acme")],
)
def test_a_phone_of_another_service_is_registered_without_a_promise(contact: bytes) -> None:
    """§5.6.1.1: a registrar that cannot wake it registers it as any other phone."""
    response = waking_bench().register(contacts=[contact])

    assert (response.status, response.first(b"feature-caps")) == (200, None)


def test_who_asks_for_all_services_is_told_all() -> None:
    """§4.1.5: an empty pn-provider."""
    response = waking_bench().register(contacts=[b"<sip:1001@192.0.2.10:5062;pn-provider>"])

    assert response.every(b"feature-caps") == [b'*;+sip.pns="fcm"', b'*;+sip.pns="apns"']


def test_who_asks_for_one_service_is_told_of_it() -> None:
    contact = b"<sip:1001@192.0.2.10:5062;pn-provider=apns>"

    assert waking_bench().register(contacts=[contact]).every(b"feature-caps") == [
        b'*;+sip.pns="apns"'
    ]


def test_who_asks_for_a_service_that_is_not_there_is_answered_555() -> None:
    """§4.1.5, §8.1; nothing is registered."""
    bench = waking_bench()

    response = bench.register(contacts=[b"<sip:1001@192.0.2.10:5062;pn-provider=acme>"])

    assert (response.status, len(bench.location)) == (555, 0)


def test_no_555_when_a_proxy_on_the_way_wakes_the_phone() -> None:
    """§5.6.1.2."""
    response = waking_bench().register(
        contacts=[b"<sip:1001@192.0.2.10:5062;pn-provider=acme>"],
        extra=[b'Feature-Caps: *;+sip.pns="acme"'],
    )

    assert response.status == 200


def test_a_phone_that_ends_its_registration_asks_for_nothing() -> None:
    """§4.1.2: it names no token then, and is not taken for one that asks."""
    bench = waking_bench()
    contact = b"<sip:1001@192.0.2.10:5062;pn-provider=acme;pn-prid=x>"
    bench.register(contacts=[contact])

    gone = bench.register(
        cseq=2, contacts=[b"<sip:1001@192.0.2.10:5062;pn-provider=acme>;expires=0"]
    )

    assert (gone.status, gone.first(b"feature-caps")) == (200, None)


def test_a_phone_that_wakes_by_itself_is_told_when() -> None:
    """§4.1.4, §5.6.1.1: more than 120 seconds before its binding ends."""
    response = waking_bench().register(contacts=[CONTACT + b";+sip.pnsreg"])

    assert response.first(b"feature-caps") == b'*;+sip.pns="fcm";+sip.pnsreg="121"'
