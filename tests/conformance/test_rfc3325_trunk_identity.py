"""RFC 3325, RFC 5806 towards a provider: the number of the settings and nothing of a phone's."""

import pytest

from sipcore.b2bua.trunk_identity import TrunkIdentity
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.peers import invite
from tests.support.wire import DOOR, Wire, requests, stage

PROVIDER = Flow("UDP", 0, "192.0.2.50", 5060)
OWN = b"<sip:+4930555@provider.test>"
IDENTITY = TrunkIdentity(
    b"sip:4930555@provider.test",
    "{caller}",
    b"P-Asserted-Identity: " + OWN,
    b"sip:+4930555@provider.test",
)
CLAIMED = (
    "P-Asserted-Identity: <sip:+4911833@premium.test>",
    "P-Preferred-Identity: <sip:+4911833@premium.test>",
    "Remote-Party-ID: <sip:+4911833@premium.test>;party=calling",
    "Diversion: <sip:+4911833@premium.test>;reason=unconditional",
    "History-Info: <sip:+4911833@premium.test>;index=1",
    "Identity: eyJ.x.y;info=<https://x.test/c>;alg=ES256",
)
NAMES = (b"p-asserted-identity", b"p-preferred-identity", b"diversion", b"privacy")


def sent(*extra: str, identity: TrunkIdentity | None = IDENTITY, caller_kind: str = "") -> Request:
    """The INVITE that the provider gets when a phone calls with these header lines."""
    wire = Wire(stage("landline", "+49301234", kind="landline"))
    wire.planner.caller_kind = caller_kind
    wire.contacts.trunk = (PROVIDER,)
    wire.contacts.identity = identity
    (asked,) = requests(wire.receive(invite(DOOR, extra=extra), DOOR), b"INVITE")
    return asked


def test_the_trunks_own_number_stands_in_each_header_of_the_settings() -> None:
    asked = sent()

    assert asked.from_.uri.user == "4930555"
    assert asked.from_.display == "Main Door"
    assert asked.every(b"p-asserted-identity") == [OWN]
    assert asked.every(b"diversion") == [OWN + b";reason=unconditional;counter=1"]


def test_a_trunk_whose_settings_name_no_header_gets_none() -> None:
    asked = sent(identity=TrunkIdentity(b"sip:4930555@provider.test"))

    assert [name for name in NAMES if asked.every(name)] == []


def test_nothing_that_a_phone_claims_reaches_the_provider() -> None:
    """RFC 3325 §5: an assertion of a source that is not trusted is removed."""
    asked = sent(*CLAIMED)

    assert b"premium.test" not in asked.raw
    assert asked.every(b"p-asserted-identity") == [OWN]
    assert len(asked.every(b"diversion")) == 1
    assert asked.every(b"identity") == []


@pytest.mark.parametrize("kind", ["id", "user", "header"])
def test_a_hidden_caller_stays_hidden_while_the_network_learns_the_number(kind: str) -> None:
    """§7: the network needs the number to charge and to trace; Privacy keeps it from the called."""
    asked = sent(f"Privacy: {kind}", caller_kind="indoor")

    assert asked.from_.uri.host == "anonymous.invalid"
    assert asked.every(b"privacy") == [b"id"]
    assert asked.every(b"p-asserted-identity") == [OWN]
    assert b"1000000001" not in asked.raw


def test_a_hidden_caller_is_hidden_from_a_provider_that_reads_from_alone() -> None:
    number = TrunkIdentity(b"sip:4930555@provider.test", "{caller}")

    asked = sent("Privacy: id", identity=number, caller_kind="indoor")

    assert (asked.from_.uri.user, asked.from_.display) == ("4930555", "")
    assert asked.every(b"privacy") == [b"id"]


def test_a_door_phone_cannot_hide() -> None:
    asked = sent("Privacy: id")

    assert asked.from_.display == "Main Door"
    assert asked.every(b"privacy") == []
