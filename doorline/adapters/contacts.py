"""Contacts as operators see them: without the push token that an app may have put into its own."""

import re
from hashlib import sha256

_PRID = re.compile(r"(;pn-prid=)([^;>?,\s]+)", re.IGNORECASE)


def without_token(contact: str) -> str:
    """The contact with `pn-prid` (RFC 8599) replaced by some digits of its hash.

    By these two contacts of one app can still be told apart.
    """
    if "pn-prid" not in contact.lower():
        return contact
    return _PRID.sub(lambda found: f"{found[1]}hidden-{_hash(found[2])}", contact)


def _hash(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()[:8]
