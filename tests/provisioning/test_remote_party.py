"""What devices put for `$remote`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.remote_party import RemoteParty, remote_party


@pytest.mark.parametrize(
    ("text", "user", "address"),
    [
        ("1001", "1001", ""),
        ("1*1001", "1*1001", ""),
        ("10.0.0.5", "", "10.0.0.5"),
        ("10*0*0*5", "", "10.0.0.5"),
        ("10.0.0.5:5060", "", "10.0.0.5"),
        ("sip:10.0.0.5", "", "10.0.0.5"),
        ("sip:1001@10.0.0.5:5062;transport=udp", "1001", "10.0.0.5"),
        ('"Hall" <sip:1001@10.0.0.5>', "1001", "10.0.0.5"),
        ("SIPS:1001@doorline.local", "1001", ""),
        ("sip:[fd00::5]:5060", "", "fd00::5"),
        ("fd00::5", "", "fd00::5"),
        ("300*1*1*1", "300*1*1*1", ""),
        ("<", "", ""),
    ],
)
def test_a_remote_party_is_a_number_an_address_or_both(text: str, user: str, address: str) -> None:
    assert remote_party(text) == RemoteParty(user, address)


@given(st.text(max_size=40))
def test_whatever_a_device_sends_is_read(text: str) -> None:
    assert isinstance(remote_party(text), RemoteParty)
