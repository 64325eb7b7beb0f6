"""Staging: the bindings of one AOR as they would be after a REGISTER (RFC 3261 §10.3 step 7)."""

from sipcore.message.uri import Uri
from sipcore.registrar.binding import (
    Binding,
    BindingChanged,
    BindingFact,
    BindingRemoved,
    Changes,
)
from sipcore.registrar.outcome import OUT_OF_ORDER, TOO_MANY, Refused
from sipcore.registrar.wish import Wish


class Staging:
    """Takes changes one by one; nobody sees them until `changes` is committed.

    `call_id` and `cseq` are those of the request.
    """

    def __init__(
        self, existing: tuple[Binding, ...], call_id: bytes, cseq: int, now_utc: float
    ) -> None:
        self._call_id = call_id
        self._cseq = cseq
        self._bindings = [b for b in existing if b.expires_at > now_utc]
        self._touched: set[int] = set()
        self._facts: list[BindingFact] = [
            BindingRemoved(b, "expired") for b in existing if b.expires_at <= now_utc
        ]

    def remove_all(self) -> None:
        """`Contact: *` with `Expires: 0`; raises Refused for an old CSeq (step 6)."""
        for binding in self._bindings:
            self._check_order(binding)
        self._facts += [BindingRemoved(binding, "unregistered") for binding in self._bindings]
        self._bindings = []

    def remove(self, wish: Wish) -> None:
        """A contact with interval zero; unknown contacts are not there already."""
        for binding in self._matching(wish):
            self._check_order(binding)
            self._bindings.remove(binding)
            self._facts.append(BindingRemoved(binding, "unregistered"))

    def put(self, wish: Wish, new: Binding) -> None:
        """Add a contact, or put it in the place of the binding it refreshes."""
        found = self._matching(wish)
        found += [b for b in self._bindings if b not in found and self._is_left_behind(b, new)]
        for binding in found:
            self._check_order(binding)
        self._touched.add(id(new))
        if not found:
            self._bindings.append(new)
            self._facts.append(BindingChanged(new))
            return
        self._bindings[self._bindings.index(found[0])] = new
        for binding in found[1:]:
            self._bindings.remove(binding)
        replaced = [binding for binding in found if binding.key != new.key]
        self._facts += [BindingRemoved(binding, "replaced") for binding in replaced]
        self._facts.append(BindingChanged(new))

    def limit(self, max_contacts: int, *, refuse: bool) -> None:
        """Let the bindings that were refreshed longest ago make room for those of the request.

        With `refuse` a request that adds one too many fails instead; raises Refused then.
        """
        surplus = len(self._bindings) - max_contacts
        if surplus <= 0:
            return
        if refuse:
            raise Refused(TOO_MANY)
        others = [b for b in self._bindings if id(b) not in self._touched]
        others.sort(key=lambda binding: binding.updated_at)
        for binding in others[:surplus]:
            self._bindings.remove(binding)
            self._facts.append(BindingRemoved(binding, "displaced"))

    def changes(self) -> Changes:
        """What is to be committed."""
        return Changes(tuple(self._bindings), tuple(self._facts))

    def _check_order(self, binding: Binding) -> None:
        """The same Call-ID must come with a higher CSeq; another Call-ID may always change."""
        if (
            binding.call_id == self._call_id
            and self._cseq <= binding.cseq
            and id(binding) not in self._touched  # named twice in this very request
        ):
            raise Refused(OUT_OF_ORDER)

    def _is_left_behind(self, binding: Binding, new: Binding) -> bool:
        """Whether a binding is what the same phone left on a stream that it has given up.

        RFC 5626 §6 replaces a binding by instance and reg-id. Phones and apps that send their
        instance alone reconnect with another port in their contact, and the old connection may
        look open for hours: each call would ring there, too, in vain. On UDP nothing is known to
        be given up, and two lines of one phone may share an instance.
        """
        return (
            bool(new.instance)
            and binding.instance == new.instance
            and not (binding.reg_id or new.reg_id or binding.path or new.path)
            and binding.flow.reliable
            and binding.flow.transport == new.flow.transport
            and binding.flow != new.flow
            and id(binding) not in self._touched
        )

    def _matching(self, wish: Wish) -> list[Binding]:
        """Bindings that a contact stands for, the one whose place it takes first.

        With a reg-id that is the binding of the same flow of the same phone, whatever its contact
        (RFC 5626 §6); a binding of the same contact that was made without is the same phone
        before it learnt about outbound. Without a reg-id the URIs decide (RFC 3261 §19.1.4).
        """
        if not wish.reg_id:
            return [b for b in self._bindings if _same_uri(b, wish)]
        same_flow = [
            b for b in self._bindings if b.reg_id == wish.reg_id and b.instance == wish.instance
        ]
        return same_flow + [b for b in self._bindings if not b.reg_id and _same_uri(b, wish)]


def _same_uri(binding: Binding, wish: Wish) -> bool:
    uri = wish.contact.uri
    return binding.contact == str(uri) or Uri.parse(binding.contact).equivalent(uri)
