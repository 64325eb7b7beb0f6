"""Relief: what takes over when the way to a party fails, though the party has not spoken.

When a trunk cannot carry a call, another trunk calls the same number (RFC 3261 §21.5). When a flow
of a phone has failed, the phone is called over another one that it keeps (RFC 5626 §7). Either has
a Request-URI of its own, a provider an identity and credentials as well, so it is another leg.
"""

from typing import Final

from sipcore.b2bua.leg import Use
from sipcore.b2bua.ports import Route
from sipcore.message.message import Response
from sipcore.message.status import FLOW_FAILED

_NOT_LET_IN: Final = (401, 407)
"""The provider does not know us: whoever is called has said nothing yet."""
_TIMED_OUT: Final = 408


def relief(use: Use, status: int, response: Response | None) -> Route | None:
    """The way through the next trunk, or over the phone's next flow, after a failure of this one.

    None when that will not do. A 5xx is a failure of the server (§21.5), and another one may do
    what it cannot. A 4xx or 6xx is a word of the called, or of the network about them. A number
    that rang is not called twice; a phone that rang over a flow which is gone has not spoken.
    """
    route = use.leg.route
    if route is None or route.fallback is None or use.cancel_lines:
        return None
    if route.trunk is None:
        is_gone = use.found_nobody(status) if response is None else status == FLOW_FAILED
        return route.fallback if is_gone else None
    if use.leg.rang:
        return None
    if response is None:
        may = use.found_nobody(status)
    else:
        may = 500 <= status < 600 or status == _TIMED_OUT or status in _NOT_LET_IN
    return route.fallback if may else None
