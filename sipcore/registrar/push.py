"""PushTarget: how a sleeping phone wants to be woken (RFC 8599).

The parameters stand in the contact URI and are kept with the binding. No push service is operated
here, so a 200 carries no `Feature-Caps`, from which the phone learns that nobody will wake it (RFC
8599 §4.1.1), and a query (`pn-provider` without `pn-prid`, §4.1.5) gets the same answer. It is not
555: that is for a proxy that knows that no other on the way supports the service (§5.6.1.1), and
would keep apps from registering at all that merely offer to be woken.
"""

from typing import NamedTuple
from urllib.parse import unquote

from sipcore.kernel.errors import BadMessage
from sipcore.message.uri import Uri


class PushTarget(NamedTuple):
    """The push parameters of a contact (RFC 8599 §4.1, §8.7 to §8.9), unescaped."""

    provider: str
    """`pn-provider`: `apns`, `fcm`, `webpush` or another registered service."""
    prid: str
    """`pn-prid`: what the service calls the phone. A secret towards third parties."""
    param: str
    """`pn-param`: further data for the service; empty when absent."""


def push_target(contact: str) -> PushTarget | None:
    """The push parameters of a contact URI; None unless it names a service and an identifier."""
    if "pn-p" not in contact.lower():
        return None
    try:
        uri = Uri.parse(contact)
    except BadMessage:
        return None
    provider, prid, param = map(uri.param, ("pn-provider", "pn-prid", "pn-param"))
    if not provider or not prid:
        return None
    return PushTarget(provider.lower(), unquote(prid), unquote(param or ""))
