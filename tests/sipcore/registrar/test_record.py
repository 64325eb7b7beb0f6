"""Bindings as octets."""

import pytest

from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding
from sipcore.registrar.record import HEAD, Records, due, expires_at, with_due
from tests.support.registration import NOW, binding

PLAIN = binding(raw=b"", user_agent="Door 1.0")
FULL = binding(
    "sip:1001@192.0.2.10:5062;ob;pn-prid=abc",
    call_id=b"\xfe-any-octets",
    cseq=2**32 - 1,
    q=0.5,
    path=("<sip:edge1;lr>", "<sip:edge2;lr>"),
    flow=Flow("TLS", 2, "2001:db8::1", 5070, 77),
    user_agent="Türsprechstelle\udcfe",
    instance="urn:uuid:1",
    reg_id=3,
    params=";q=0.5;reg-id=3",
    asked=1300,
)


@pytest.mark.parametrize("one", [PLAIN, FULL])
def test_a_binding_comes_out_as_it_went_in(one: Binding) -> None:
    records = Records()
    record = records.pack(one, 1234)

    assert records.unpack("1001", record) == one
    assert (due(record), expires_at(record)) == (1234, one.expires_at)


def test_the_second_for_the_wheel_changes_alone() -> None:
    records = Records()
    record = with_due(records.pack(FULL, 1), 2)

    assert (due(record), records.unpack("1001", record)) == (2, FULL)


def test_a_new_record_has_no_fingerprint() -> None:
    assert HEAD.unpack_from(Records().pack(PLAIN, 1))[0] == 0


def test_an_ordinary_binding_takes_less_than_a_fifth_of_a_kilobyte() -> None:
    assert len(Records().pack(PLAIN, int(NOW))) < 160


def test_phones_of_a_model_share_their_user_agent_and_rare_ones_bring_their_own() -> None:
    records = Records()
    agents = [f"Agent {number}" for number in range(5000)] * 2
    packed = [records.pack(binding(user_agent=agent), 1) for agent in agents]

    assert [records.unpack("1001", one).user_agent for one in packed] == agents
    assert len(packed[0]) < len(packed[4999])
