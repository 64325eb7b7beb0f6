"""SealedContact: what of a stored binding may carry a push token (RFC 8599 §9), and its seal.

Who reads the database file must learn no token: with one a phone can be pushed by whoever has the
service's key. So contact, Contact value and parameters of such a binding are stored sealed in one
piece; what stands in the table for the contact keeps apart what differs, and says no token.
Bindings without a token are stored as they are, and cost nothing of this.
"""

import json
from hashlib import sha256
from typing import Final, Protocol

from sipcore.registrar.binding import Binding

_NAME: Final = "pn-prid"
_RAW_NAME: Final = b"pn-prid"
_DIGITS: Final = 32


class Seal(Protocol):
    """Seals texts for the database."""

    def seal(self, text: str, context: str) -> bytes:
        """The text, sealed; `context` is needed again to open it."""

    def open(self, sealed: bytes, context: str) -> str | None:
        """The text; None for a damaged one, and for one that was sealed with a key that is lost."""


Said = tuple[str, bytes, str]
"""Contact, Contact value as received, and parameters of a binding."""


def has_token(contact: str, raw: bytes, params: str) -> bool:
    """Whether any of this may carry a push token."""
    return _NAME in contact.lower() or _RAW_NAME in raw.lower() or _NAME in params.lower()


def stands_for(contact: str) -> str:
    """What is stored for a contact: itself, or what takes the place of one that carries a token.

    The same for the same contact, so that a row is found again.
    """
    if _NAME not in contact.lower():
        return contact
    digest = sha256(contact.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
    base = contact.partition(";")[0]
    return f"{'sip:sealed' if _NAME in base.lower() else base};sealed={digest}"


def sealed(binding: Binding, seal: Seal) -> bytes:
    """What the binding says of its phone, sealed for its account."""
    said = (binding.contact, binding.raw.decode("latin-1"), binding.params)
    return seal.seal(json.dumps(said), _context(binding.user))


def opened(user: str, value: bytes, seal: Seal | None) -> Said | None:
    """The same as it was; None when it does not open: the phone will register again."""
    text = None if seal is None else seal.open(value, _context(user))
    if text is None:
        return None
    contact, raw, params = json.loads(text)
    return contact, raw.encode("latin-1"), params


def _context(user: str) -> str:
    return f"bindings.sealed:{user}"
