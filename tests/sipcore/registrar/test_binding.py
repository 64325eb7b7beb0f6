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


def test_a_plain_contact_is_listed_and_recognised_without_being_kept_twice() -> None:
    plain = binding("sip:1001@h", raw=b"")

    assert plain.echo == b"<sip:1001@h>"
    values = (b"<sip:1001@h>", b"sip:1001@h", b"<sip:1001@h", b"<sip:1001@h>;q=1", None)
    assert [plain.is_written(value) for value in values] == [True, False, False, False, False]


def test_any_other_contact_is_recognised_by_its_octets() -> None:
    other = binding("sip:1001@h", raw=b"sip:1001@h;q=1")

    assert [other.is_written(value) for value in (b"sip:1001@h;q=1", b"<sip:1001@h>")] == [
        True,
        False,
    ]


def test_the_key_is_user_and_contact() -> None:
    assert binding("sip:a@h", instance="urn:x").key == ("1001", "sip:a@h", "")


def test_the_flow_belongs_to_the_key_where_outbound_rules_applied() -> None:
    assert binding("sip:a@h", instance="urn:x", reg_id=2).key == ("1001", "sip:a@h", "2 urn:x")
