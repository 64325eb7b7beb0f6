"""What requests of ours outside dialogs say on behalf of others: who sends, how far it may go.

Who sends is what the directory knows of the account that proved itself, never what it says.
"""

from typing import Final

from sipcore.b2bua.plan import Party
from sipcore.kernel.memo import keep
from sipcore.message.grammar import quote
from sipcore.message.message import Request

DEFAULT_MAX_FORWARDS: Final = 70
"""RFC 3261 §8.1.1.6."""
_identities: Final[dict[tuple[str, str, bytes], bytes]] = {}
"""From values as they were written before; accounts call more than once."""


def identity(party: Party, domain: bytes) -> bytes:
    """A From value without tag: name and AOR as this server knows them."""
    key = (party.user, party.display, domain)
    known = _identities.get(key)
    if known is not None:
        return known
    made = named(party.display, b"sip:" + party.user.encode() + b"@" + domain)
    return keep(_identities, key, made)


def named(name: str, uri: bytes) -> bytes:
    """An address: the URI in angle brackets, behind the name if there is one to be shown."""
    shown = "".join(character for character in name if character.isprintable())
    address = b"<" + uri + b">"
    return quote(shown).encode() + b" " + address if shown else address


def is_anonymous(request: Request) -> bool:
    """Whether the sender names nobody in From, as one does who wants to stay unnamed.

    RFC 3323 §4.1.1.3. Who it is follows from its credentials all the same.
    """
    return request.from_uri.host.lower() == "anonymous.invalid"


def hops_left(request: Request) -> int:
    """Max-Forwards of what follows from a request (RFC 3261 §16.6 step 3)."""
    hops = request.max_forwards
    if hops is None:
        return DEFAULT_MAX_FORWARDS - 1
    return hops - 1 if hops > 0 else 0
