"""RFC 8599: push parameters in REGISTER."""

from tests.support.registration import RegistrarBench

CONTACT = b"<sip:1001@192.0.2.10:5062;pn-provider=fcm;pn-param=project;pn-prid=APA91b%3Aabc>"


def test_the_parameters_are_kept_with_the_binding() -> None:
    """§4.1.2: they stand in the contact URI, which comes back as it was."""
    bench = RegistrarBench()

    response = bench.register(contacts=[CONTACT])

    assert response.every(b"contact") == [CONTACT + b";expires=300"]
    assert bench.location.bindings("1001")[0].contact == CONTACT[1:-1].decode()


def test_no_service_is_promised() -> None:
    """§4.1.1: a 2xx without Feature-Caps tells the phone that it will not be woken."""
    response = RegistrarBench().register(contacts=[CONTACT])

    assert (response.status, response.first(b"feature-caps")) == (200, None)


def test_a_query_is_answered_alike() -> None:
    """§4.1.5: pn-provider without pn-prid asks what is there; nothing is."""
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
