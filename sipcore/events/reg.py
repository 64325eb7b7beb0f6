"""Event package `reg`: who is registered, from the facts of the location (RFC 3680).

A document tells the contacts of one account. Contacts that were there when the account began to
be watched are told as `registered`; from then on each fact gives its contact an event:

    BindingChanged                       registered, or refreshed when it was there before
    unregistered, replaced               unregistered: the phone's own REGISTER ended it
    expired                              expired
    displaced, flow_lost                 deactivated: the phone should register again
    whatever an operator did             rejected

`replaced` is the phone's new contact for the same flow; the new one follows as `registered`.
"""

import re
from collections.abc import Callable, Mapping
from hashlib import blake2s
from typing import Final, NamedTuple

from sipcore.events.package import Change, View
from sipcore.events.xml import characters, document, element
from sipcore.registrar.binding import Binding, BindingChanged, BindingFact

_NAMESPACE: Final = "urn:ietf:params:xml:ns:reginfo"
_ENDINGS: Final = {
    "unregistered": "unregistered",
    "replaced": "unregistered",
    "expired": "expired",
    "displaced": "deactivated",
    "flow_lost": "deactivated",
}
_PUSH: Final = re.compile(r";pn-[^;?]*", re.IGNORECASE).sub

Tell = Callable[[str, str, Change], None]
"""Brings a change of an account's state to its watchers: package, account, change."""


class _Contact(NamedTuple):
    """A contact's state after an event."""

    binding: Binding
    event: str
    since: float
    """UTC seconds since which it is bound; 0 when it was there before anybody watched."""

    @property
    def is_active(self) -> bool:
        return self.event in ("registered", "refreshed")


class RegPackage:
    """Registrations as `application/reginfo+xml`."""

    name = "reg"
    content_type = b"application/reginfo+xml"
    default_expires = 3761
    """RFC 3680 §4.4."""
    interval = 5.0
    """RFC 3680 §4.10."""

    def __init__(
        self, domain: str, bindings: Callable[[str], tuple[Binding, ...]], tell: Tell
    ) -> None:
        self._domain = domain
        self._bindings = bindings
        self._tell = tell
        self._watched: dict[str, dict[tuple[str, str, str], _Contact]] = {}
        """Contacts of the accounts that somebody watches, by the key of the binding."""

    def watch(self, target: str) -> None:
        """Somebody begins to watch this account."""
        self._watched[target] = {
            binding.key: _Contact(binding, "registered", 0.0) for binding in self._bindings(target)
        }

    def unwatch(self, target: str) -> None:
        """Nobody watches this account any more."""
        self._watched.pop(target, None)

    def heard(self, fact: BindingFact) -> None:
        """A binding was made, refreshed or removed; a listener of the location."""
        binding = fact.binding
        known = self._watched.get(binding.user)
        if known is None:
            return
        key = binding.key
        before = known.get(key)
        if isinstance(fact, BindingChanged):
            if before is None:
                contact = _Contact(binding, "registered", binding.updated_at)
            else:
                contact = _Contact(binding, "refreshed", before.since)
            known[key] = contact
        else:
            event = _ENDINGS.get(fact.reason, "rejected")
            contact = _Contact(binding, event, 0.0 if before is None else before.since)
            known.pop(key, None)
        self._tell(self.name, binding.user, Change(_id_of("\n".join(key)), contact))

    def refreshed(self, user: str, record: bytes) -> None:
        """An account's only binding has new times; asked at every refresh of every phone."""
        if user in self._watched:
            for binding in self._bindings(user):
                self.heard(BindingChanged(binding))

    def full(self, view: View, version: int, utc: float) -> bytes:
        """All contacts; the state `init` when there is none (RFC 3680 §4.7.1)."""
        known = self._watched.get(view.target, {})
        state = "active" if known else "init"
        return self._document(view, version, utc, "full", state, tuple(known.values()))

    def partial(
        self, view: View, version: int, utc: float, changes: Mapping[str, Change]
    ) -> bytes | None:
        """The contacts that changed; `terminated` when the last one is gone."""
        contacts = tuple(
            change.matter for change in changes.values() if isinstance(change.matter, _Contact)
        )
        state = "active" if self._watched.get(view.target) else "terminated"
        return self._document(view, version, utc, "partial", state, contacts)

    def _document(
        self,
        view: View,
        version: int,
        utc: float,
        kind: str,
        state: str,
        contacts: tuple[_Contact, ...],
    ) -> bytes:
        aor = f"sip:{view.target}@{self._domain}"
        registration = element(
            "registration",
            {"aor": aor, "id": _id_of(aor), "state": state},
            *(_element_of(contact, utc, is_own=view.is_own) for contact in contacts),
        )
        attributes = {"xmlns": _NAMESPACE, "version": str(version), "state": kind}
        return document(element("reginfo", attributes, registration))


def _element_of(contact: _Contact, utc: float, *, is_own: bool) -> str:
    """A contact; only the account itself is told by which token it is woken (RFC 8599 §4.1)."""
    binding, event, since = contact
    uri = binding.contact if is_own else _PUSH("", binding.contact)
    attributes = {
        "id": _id_of("\n".join(binding.key)),
        "state": "active" if contact.is_active else "terminated",
        "event": event,
        "duration-registered": str(max(int(utc - since), 0)) if since else "",
        "expires": str(max(int(binding.expires_at - utc), 0)) if contact.is_active else "",
        "q": f"{binding.q:g}" if binding.q != 1 else "",
        "callid": binding.call_id.decode("utf-8", "replace"),
        "cseq": str(binding.cseq),
    }
    return element("contact", attributes, element("uri", {}, characters(uri)))


def _id_of(text: str) -> str:
    """An identifier that depends on the text alone, so that it survives a restart."""
    octets = text.encode("utf-8", "surrogateescape")
    return "r" + blake2s(octets, digest_size=8).hexdigest()
