"""Push parameters of contacts; what a REGISTER is promised: tests/conformance/test_rfc8599_push."""

import pytest

from sipcore.message.uri import Uri
from sipcore.registrar.outcome import Rejected
from sipcore.registrar.push import PushParameters, PushService, promise, push_parameters, wakes
from tests.support.registration import register

FCM = (PushService("fcm", ("project", "second")),)


def test_parameters_are_read_with_their_escapes_decoded() -> None:
    uri = Uri.parse("sip:1@192.0.2.1;pn-provider=FCM;pn-param=pro%6Aect;pn-prid=APA91b%3Aabc")

    assert push_parameters(uri) == PushParameters("fcm", "project", "APA91b:abc")


def test_a_token_is_not_printed() -> None:
    assert "APA91b" not in repr(PushParameters("fcm", "project", "APA91b"))


def test_a_contact_without_a_service_has_none() -> None:
    assert push_parameters(Uri.parse("sip:1@192.0.2.1;pn-prid=x")) is None


@pytest.mark.parametrize(
    ("provider", "param", "woken"),
    [("fcm", "second", True), ("fcm", "", False), ("fcm", "x", False), ("apns", "project", False)],
)
def test_service_and_project_must_both_be_known(provider: str, param: str, woken: bool) -> None:
    assert wakes(PushParameters(provider, param, "token"), FCM) is woken


def test_a_malformed_contact_is_left_to_whoever_decides() -> None:
    request = register(contacts=[b"<sip:1@192.0.2.1;pn-provider=acme>;expires"])
    broken = register(contacts=[b"<sip:1@;pn-provider=acme"])

    assert isinstance(promise(request, FCM, 300), Rejected)
    assert promise(broken, FCM, 300) == []


def test_the_wildcard_and_other_phones_are_promised_nothing() -> None:
    assert promise(register(contacts=[b"*"], expires=0), FCM, 300) == []
    assert promise(register(), FCM, 300) == []
