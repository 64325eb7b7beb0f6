"""Where phones are that registered for one visit alone."""

from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.locator import LiveLocator
from sipcore.endpoint.settings import BoundListener
from sipcore.endpoint.visit_contacts import LiveVisitContacts
from sipcore.registrar.location import Location
from sipcore.registrar.visit_accounts import VisitAccounts
from sipcore.transport.failed_servers import FailedServers
from tests.support.clock import ManualClock
from tests.support.registration import DOMAIN, FLOW, binding


class Phones:
    """Accounts of some calls, and the port that looks them up."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.switched_off: set[str] = set()
        self.accounts = VisitAccounts(DOMAIN)
        self.location = Location()
        self.locator = LiveLocator(
            self.location, {}, failed=FailedServers(self.clock), draw=lambda count: 0
        )
        addressing = LocalAddressing(DOMAIN, "")
        addressing.listeners = (BoundListener("UDP", "192.0.2.100", 5060),)
        self.contacts = LiveVisitContacts(
            self.accounts, self.locator, self.clock, lambda user: user not in self.switched_off
        )
        self.addressing = addressing
        self.locator.use(addressing)

    def register(self, name: str, call: str, user: str, *contacts: str) -> None:
        """A phone registers with the account of its push."""
        now = self.clock.utc()
        account = self.accounts.open(call, user, name, name, "p", now, now + 60)
        made = [binding(contact, user=user, expires_at=now + 60) for contact in contacts]
        self.accounts.registered(account, tuple(made), now, is_there=True)


def test_a_contact_belongs_to_its_call_and_its_account() -> None:
    phones = Phones()
    phones.register("visit-1", "v1", "a1", "sip:a1@192.0.2.10:5062")

    (route,) = phones.contacts.routes("v1", "a1")
    assert (route.request_uri, route.flow, route.account) == (
        b"sip:a1@192.0.2.10:5062",
        FLOW,
        "visit-1",
    )
    assert route.to_uri == b"sip:a1@doorline.test"
    assert phones.contacts.routes("v2", "a1") == phones.contacts.routes("v1", "a2") == ()


def test_a_phone_that_was_woken_twice_rings_once() -> None:
    phones = Phones()
    for name in ("visit-1", "visit-2"):
        phones.register(name, "v1", "a1", "sip:a1@192.0.2.10:5062")

    assert [route.account for route in phones.contacts.routes("v1", "a1")] == ["visit-2"]


def test_nobody_is_found_when_the_time_of_the_account_is_over() -> None:
    phones = Phones()
    phones.register("visit-1", "v1", "a1", "sip:a1@192.0.2.10:5062")
    assert phones.contacts.hosts("visit-1") == ("192.0.2.10",)
    assert list(phones.contacts.every_host()) == ["192.0.2.10"]
    phones.clock.advance(60.0)

    assert (phones.contacts.routes("v1", "a1"), phones.contacts.hosts("visit-1")) == ((), ())
    assert list(phones.contacts.every_host()) == []


def test_a_contact_that_is_no_address_of_ours_to_reach_is_left_out() -> None:
    phones = Phones()
    phones.register("visit-1", "v1", "a1", "tel:+4930123456")
    before = LiveLocator(Location(), {}, failed=FailedServers(phones.clock), draw=lambda count: 0)

    assert phones.contacts.routes("v1", "a1") == ()
    contacts = LiveVisitContacts(phones.accounts, before, phones.clock, lambda _user: True)
    assert contacts.routes("v1", "a1") == ()


def test_a_phone_of_an_account_that_may_not_register_any_more_is_not_rung() -> None:
    phones = Phones()
    phones.register("visit-1", "v1", "a1", "sip:a1@192.0.2.10:5062")
    phones.register("visit-2", "v1", "a2", "sip:a2@192.0.2.11:5062")
    phones.switched_off.add("a1")

    assert phones.contacts.routes("v1", "a1") == ()
    assert [each.account for each in phones.contacts.routes("v1", "a2")] == ["visit-2"]
