"""Where a party of a dialog may speak from."""

import pytest

from sipcore.b2bua.plan import Party
from sipcore.endpoint.whereabouts import Whereabouts
from sipcore.kernel.flow import Flow
from tests.support.wire import APP, MONITOR, Wire

KNOWN = Flow("UDP", 0, "192.0.2.7", 5060)
MONITOR_PARTY = Party("indoor", "monitor", site_id=1)


@pytest.mark.parametrize(
    ("host", "is_there"),
    [
        (KNOWN.host, True),
        ("198.51.100.9", True),  # named by the contact
        (MONITOR.host, True),  # registered
        ("203.0.113.5", False),
    ],
)
def test_a_party_speaks_from_where_it_spoke_where_its_contact_is_or_where_it_is_registered(
    host: str, is_there: bool
) -> None:
    whereabouts = Whereabouts(Wire(contacts={"monitor": [MONITOR]}).contacts)
    flow = Flow("TCP", 1, host, 40000, 7)
    contact = b"sip:monitor@198.51.100.9:5070"

    found = whereabouts.include(flow, known=KNOWN, contact=contact, party=MONITOR_PARTY)

    assert found is is_there


@pytest.mark.parametrize("contact", [b"", b"tel:1", b"sip:"])
def test_a_contact_that_names_no_host_leads_nowhere(contact: bytes) -> None:
    whereabouts = Whereabouts(Wire().contacts)
    flow = KNOWN._replace(host="203.0.113.5")

    assert not whereabouts.include(flow, known=KNOWN, contact=contact, party=MONITOR_PARTY)


@pytest.mark.parametrize(
    ("account", "is_there"), [("visit-1", True), ("visit-2", False), ("", False)]
)
def test_a_phone_with_the_account_of_a_visit_speaks_from_where_it_registered(
    account: str, is_there: bool
) -> None:
    wire = Wire()
    wire.visits.register("v1", APP)
    whereabouts = Whereabouts(wire.contacts, wire.visits)
    party = Party("app", "app", site_id=1)

    assert (
        whereabouts.include(APP, known=KNOWN, contact=b"", party=party, account=account) is is_there
    )
