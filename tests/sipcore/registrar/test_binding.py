"""Bindings as they are stored and listed."""

from tests.support.registration import binding


def test_a_contact_without_its_own_expires_is_listed_as_it_came() -> None:
    written = b'"Flat 1" <sip:1001@192.0.2.10>;+sip.instance="<urn:x>"'

    assert binding(raw=written).echo == written


def test_a_contact_with_its_own_expires_is_listed_without_it() -> None:
    listed = binding(
        "sip:1001@h;ob", raw=b"<sip:1001@h;ob>;expires=60;q=0.5", asked=60, params=";q=0.5"
    )

    assert listed.echo == b"<sip:1001@h;ob>;q=0.5"


def test_the_key_is_user_and_contact() -> None:
    assert binding("sip:a@h", instance="urn:x").key == ("1001", "sip:a@h", "")


def test_the_flow_belongs_to_the_key_where_outbound_rules_applied() -> None:
    assert binding("sip:a@h", instance="urn:x", reg_id=2).key == ("1001", "sip:a@h", "2 urn:x")
