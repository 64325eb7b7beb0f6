"""Capabilities: the methods and extensions of this server, and where each of them is served.

One table for what is announced (Allow, RFC 3261 §20.5; Supported, §20.37), for what may be
required (§8.2.2.3) and for what is counted by name, so that none can promise what another denies.
"""

from enum import Flag, auto
from itertools import islice
from typing import Final

from sipcore.message.message import Request


class Served(Flag):
    """Where."""

    OUTSIDE = auto()
    """Outside every dialog."""
    CALL = auto()
    """In the dialogs of calls; of an extension: in any request but REGISTER."""
    REGISTER = auto()
    """In a REGISTER."""


_BOTH: Final = Served.OUTSIDE | Served.CALL
METHODS: Final = {
    b"INVITE": _BOTH,
    b"ACK": _BOTH,
    b"CANCEL": _BOTH,
    b"BYE": Served.CALL,
    b"OPTIONS": _BOTH,
    b"REGISTER": Served.OUTSIDE,
    b"INFO": Served.CALL,
    b"UPDATE": Served.CALL,
    b"MESSAGE": _BOTH,
    b"PRACK": Served.CALL,
    b"REFER": Served.CALL,
    b"SUBSCRIBE": _BOTH,
}
"""What is served at all, in the order of Allow."""

EXTENSIONS: Final = {
    b"path": Served.REGISTER,
    b"outbound": Served.REGISTER,
    b"timer": Served.CALL,
    b"replaces": Served.CALL,
    b"100rel": Served.CALL,
    b"norefersub": Served.CALL,
}
"""Option tags that may be required, in the order of Supported."""


def allow(*places: Served) -> bytes:
    """An Allow line with what is served in any of these places."""
    return b"Allow: " + b", ".join(
        method for method, served in METHODS.items() if any(served & place for place in places)
    )


def supported(*tags: bytes) -> bytes:
    """A Supported line with these option tags; with all of them when none is named."""
    return b"Supported: " + b", ".join(tag for tag in EXTENSIONS if not tags or tag in tags)


MOST_UNSUPPORTED: Final = 20
"""Option tags that an Unsupported line names."""
_REQUIRABLE: Final = {
    # Whoever asks what there is may require any of it (§11.1).
    b"OPTIONS": frozenset(EXTENSIONS),
    b"REGISTER": frozenset(tag for tag, at in EXTENSIONS.items() if Served.REGISTER in at),
}
_IN_OTHERS: Final = frozenset(tag for tag, at in EXTENSIONS.items() if Served.CALL in at)


def unsupported(request: Request) -> bytes:
    """Option tags of Require that are not served there, comma separated (§8.2.2.3).

    At most `MOST_UNSUPPORTED`: a stranger does not get its own long message back.
    """
    if request.first(b"require") is None:
        return b""
    known = _REQUIRABLE.get(request.method, _IN_OTHERS)
    required = request.values(b"require")
    missing = (tag for tag in required if tag and tag.lower() not in known)
    return b", ".join(islice(missing, MOST_UNSUPPORTED))
