"""Registrations as documents; the sections of RFC 3680 are in tests/conformance."""

from xml.etree import ElementTree

from sipcore.events.event_header import EventHeader
from sipcore.events.package import Change, Sight, View
from sipcore.events.reg import RegPackage
from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding, BindingChanged, BindingRemoved
from tests.support.watchers import REG

VIEW = View("monitor", Sight.FULL, EventHeader.parse(b"reg"))


def binding(contact: str = "sip:monitor@192.0.2.11", *, q: float = 1.0) -> Binding:
    """A binding that ends at 1300."""
    flow = Flow("UDP", 0, "192.0.2.11", 5060)
    return Binding("monitor", contact, b"c", 1, 1300.0, q, (), flow, "", "", 0, "", 1000.0, b"", -1)


class Told:
    """A package and what it told."""

    def __init__(self, *there: Binding) -> None:
        self.changes: list[tuple[str, str, Change]] = []
        self.package = RegPackage("doorline.test", lambda user: there, self._keep)

    def _keep(self, package: str, target: str, change: Change) -> None:
        self.changes.append((package, target, change))


def contact_of(data: bytes) -> dict[str, str]:
    """Attributes of the one contact."""
    (found,) = ElementTree.fromstring(data).iter(f"{REG}contact")  # noqa: S314 - our own
    return dict(found.attrib)


def test_nothing_is_told_of_accounts_that_nobody_watches() -> None:
    told = Told()
    told.package.heard(BindingChanged(binding()))
    told.package.watch("monitor")
    told.package.unwatch("monitor")
    told.package.heard(BindingChanged(binding()))

    assert told.changes == []


def test_a_contact_is_known_again_when_it_is_refreshed() -> None:
    told = Told()
    told.package.watch("monitor")
    told.package.heard(BindingChanged(binding()))
    told.package.heard(BindingChanged(binding()))
    told.package.heard(BindingRemoved(binding(), "replaced"))

    events = [
        contact_of(told.package.partial(VIEW, 0, 1000.0, {change.key: change}) or b"")["event"]
        for _, _, change in told.changes
    ]
    assert events == ["registered", "refreshed", "unregistered"]
    assert {(package, target) for package, target, _ in told.changes} == {("reg", "monitor")}


def test_a_document_is_the_same_for_the_same_state() -> None:
    one, two = Told(binding(q=0.5)), Told(binding(q=0.5))
    one.package.watch("monitor")
    two.package.watch("monitor")

    data = one.package.full(VIEW, 3, 1100.0)

    assert data == two.package.full(VIEW, 3, 1100.0)
    about = contact_of(data)
    assert (about["q"], about["expires"], "duration-registered" in about) == ("0.5", "200", False)


def test_a_contact_whose_time_is_over_does_not_go_below_nothing() -> None:
    told = Told(binding())
    told.package.watch("monitor")

    assert contact_of(told.package.full(VIEW, 0, 9000.0))["expires"] == "0"


def test_others_do_not_learn_how_a_phone_is_woken() -> None:
    waking = "sip:monitor@192.0.2.11;PN-prid=secret-token;ob;pn-provider=apns?x=1"
    told = Told(binding(waking))
    told.package.watch("monitor")

    others = told.package.full(VIEW, 0, 1000.0)
    own = told.package.full(VIEW._replace(is_own=True), 0, 1000.0)

    assert b"<uri>sip:monitor@192.0.2.11;ob?x=1</uri>" in others
    assert b"secret-token" in own


def test_new_times_of_the_only_binding_are_a_refresh_for_those_who_watch() -> None:
    told = Told(binding())
    told.package.refreshed("monitor", b"")
    assert told.changes == []

    told.package.watch("monitor")
    told.package.refreshed("monitor", b"")

    ((_, _, change),) = told.changes
    told_of = contact_of(told.package.partial(VIEW, 0, 1000.0, {change.key: change}) or b"")
    assert told_of["event"] == "refreshed"
