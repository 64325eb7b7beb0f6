"""What of a binding is stored where a push token must not be read."""

import pytest

from sipcore.storage.sealed_contact import has_token, opened, sealed, stands_for
from tests.support.registration import binding
from tests.support.storage import XorSeal

CONTACT = "sip:1001@192.0.2.10;pn-provider=fcm;pn-prid=secret"


@pytest.mark.parametrize(
    ("contact", "raw", "params", "found"),
    [
        (CONTACT, b"", "", True),
        ("sip:a@h", b"<sip:a@h;Pn-Prid=x>", "", True),
        ("sip:a@h", b"", ";PN-PRID=x", True),
        ("sip:a@h;ob", b"<sip:a@h;ob>", ";q=1", False),
    ],
)
def test_a_token_is_seen_wherever_it_stands(
    contact: str, raw: bytes, params: str, found: bool
) -> None:
    assert has_token(contact, raw, params) is found


def test_what_stands_for_a_contact_tells_where_the_phone_is_and_no_token() -> None:
    stands = stands_for(CONTACT)

    assert stands.startswith("sip:1001@192.0.2.10;sealed=")
    assert "secret" not in stands
    assert stands == stands_for(CONTACT) != stands_for(CONTACT + "2")
    assert stands_for("sip:1001@192.0.2.10") == "sip:1001@192.0.2.10"
    assert stands_for("sip:pn-prid=secret@h").startswith("sip:sealed;sealed=")


def test_it_opens_for_its_account_alone() -> None:
    made = binding(CONTACT, raw=b"<\xff>", params=";q=1")
    value = sealed(made, XorSeal())

    assert opened("1001", value, XorSeal()) == (CONTACT, b"<\xff>", ";q=1")
    assert opened("1002", value, XorSeal()) is None
    assert opened("1001", value, None) is None
