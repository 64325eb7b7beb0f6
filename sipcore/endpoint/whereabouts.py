"""Whereabouts: where a party of a dialog may speak from."""

from sipcore.b2bua.plan import Party, Target
from sipcore.b2bua.ports import NO_VISIT_CONTACTS, Locator, VisitContacts
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.uri import Uri


class Whereabouts:
    """Tells whether a request with the right tags comes from where its party may be.

    Whoever learned the tags of a call should not open its door from anywhere: requests come from
    the host that the party spoke from before, from the one its contact names, or from where it is
    registered.
    """

    def __init__(self, locator: Locator, visits: VisitContacts = NO_VISIT_CONTACTS) -> None:
        self._locator = locator
        self._visits = visits

    def include(
        self, flow: Flow, *, known: Flow, contact: bytes, party: Party, account: str = ""
    ) -> bool:
        """Whether `party` may speak over `flow`.

        `known` is the flow it was heard over last, `contact` its remote target, maybe empty,
        `account` that of one visit alone with which it registered, if it did.
        """
        if flow.host in (known.host, _host_of(contact)):
            return True
        if account and flow.host in self._visits.hosts(account):
            return True
        return any(route.flow.host == flow.host for route in self._locator.routes(Target(party)))


def _host_of(uri: bytes) -> str:
    """The host of a contact; empty when it cannot be read."""
    try:
        return Uri.parse(uri).host
    except BadMessage:
        return ""
