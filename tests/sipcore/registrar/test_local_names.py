"""Which hosts are ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.registrar.local_names import LocalNames


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("doorline.test", True),
        ("Doorline.Test.", True),
        ("192.0.2.100", True),
        ("[2001:DB8::1]", True),
        ("2001:db8::1", True),
        ("doorline.test.example", False),
        ("192.0.2.101", False),
        ("", False),
    ],
)
def test_names_are_compared_without_case_brackets_or_final_dot(host: str, is_ours: bool) -> None:
    names = LocalNames("doorline.test", ["192.0.2.100", "[2001:db8::1]"])

    assert names.covers(host) is is_ours


def test_every_address_is_ours_when_the_listeners_do_not_know_theirs() -> None:
    names = LocalNames("doorline.test", any_address=True)

    assert [names.covers(host) for host in ("10.0.0.1", "[::1]", "other.test")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (b"sip:doorline.test", ("", True)),
        (b"sips:1%30%301@DOORLINE.test:5061;transport=tls", ("1001", True)),
        (b"sip:1001@elsewhere.test", ("1001", False)),
        (b"tel:+4930123", None),
        (b"sip:", None),
        (b"\xff\x00", None),
    ],
)
def test_a_uri_is_seen_as_user_and_whether_its_host_is_ours(
    uri: bytes, expected: tuple[str, bool] | None
) -> None:
    names = LocalNames("doorline.test")

    assert (names.look(uri), names.look(uri)) == (expected, expected)


def test_a_flood_of_uris_does_not_fill_the_memory() -> None:
    names = LocalNames("doorline.test")
    for number in range(5000):
        names.look(b"sip:%d@doorline.test" % number)

    assert len(names._known) <= 1024


@given(st.binary(max_size=40))
def test_no_octets_raise(uri: bytes) -> None:
    LocalNames("doorline.test").look(uri)
