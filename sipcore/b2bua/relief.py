"""Relief: when a trunk cannot carry a call, another trunk calls the same number (RFC 3261 §21.5).

Another provider is another Request-URI, another identity and other credentials, so it is another
leg; the party is the same.
"""

from typing import Final

from sipcore.b2bua.leg import Use
from sipcore.b2bua.ports import Route
from sipcore.message.message import Response

_NOT_LET_IN: Final = (401, 407)
"""The provider does not know us: whoever is called has said nothing yet."""
_TIMED_OUT: Final = 408


def relief(use: Use, status: int, response: Response | None) -> Route | None:
    """The way through the next trunk after a failure of this one; None when that will not do.

    A 5xx is a failure of the server (§21.5), and another one may do what it cannot. A 4xx or 6xx
    is a word of the called, or of the network about them. Who rang already is not called twice.
    """
    route = use.leg.route
    if route is None or route.fallback is None or use.leg.rang or use.cancel_lines:
        return None
    if response is None:
        may = use.found_nobody(status)
    else:
        may = 500 <= status < 600 or status == _TIMED_OUT or status in _NOT_LET_IN
    return route.fallback if may else None
