"""Addresses of devices."""

import pytest

from directory.device_address import EXPECTED, check, seen, usable


@pytest.mark.parametrize(
    ("given", "kept"),
    [(" 192.168.1.20 ", "192.168.1.20"), ("", ""), ("FD00::0:20", "fd00::20"), ("8.8.8.8",) * 2],
)
def test_an_address_is_kept_in_its_usual_form(given: str, kept: str) -> None:
    assert check(given) == kept


@pytest.mark.parametrize(
    "given",
    [
        "192.168.1.20:5060",
        "door.local",
        "0.0.0.0",  # noqa: S104 - refused
        "127.0.0.1",
        "224.0.1.75",
        "169.254.1.1",
        "255.255.255.255",
        "fe80::1",
        "1001",
        7,
        None,
    ],
)
def test_what_means_no_single_device_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match=EXPECTED):
        check(given)


def test_what_is_no_address_is_not_usable() -> None:
    assert (usable("10.0.0.1"), usable("10.0.0"), usable("::1")) == ("10.0.0.1", "", "")


@pytest.mark.parametrize(
    ("contact", "source", "address"),
    [
        ("10.0.0.5", "203.0.114.9", "10.0.0.5"),
        ("phone.invalid", "10.0.0.6", "10.0.0.6"),
        ("phone.invalid", "8.8.8.8", ""),
        ("[fd00::7]", "10.0.0.6", "fd00::7"),
        ("127.0.0.1", "127.0.0.1", ""),
    ],
)
def test_a_device_is_where_its_contact_says_or_where_it_speaks_from_in_a_private_network(
    contact: str, source: str, address: str
) -> None:
    assert seen(contact, source) == address
