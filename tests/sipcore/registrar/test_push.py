"""How a phone wants to be woken."""

import pytest

from sipcore.registrar.push import PushTarget, push_target
from tests.support.registration import binding


def test_the_parameters_of_a_contact_are_values() -> None:
    contact = "sip:a@h;pn-provider=APNS;pn-param=TEAM.app.voip;pn-prid=00fc%3A13;transport=tls"

    assert binding(contact).push == PushTarget("apns", "00fc:13", "TEAM.app.voip")


@pytest.mark.parametrize(
    "contact",
    [
        "sip:a@h",
        "sip:a@h;pn-provider=fcm",  # a query, RFC 8599 §4.1.5
        "sip:a@h;pn-provider;pn-prid=x",
        "sip:a@h;pn-prid=x",
        "sip:pn-p@",
    ],
)
def test_without_a_service_and_an_identifier_nobody_can_be_woken(contact: str) -> None:
    assert push_target(contact) is None
