"""AccountFilter: which captured messages are about one account."""

import re
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final

from sipcore.capture.captured import Captured
from sipcore.kernel.flow import Flow

MAX_REMEMBERED: Final = 4096
"""Call-IDs of the account that are remembered; beyond that the oldest is forgotten."""

_CALL_ID: Final = re.compile(rb"(?<=\n)(?:call-id|i)[ \t]*:[ \t]*(\S+)", re.IGNORECASE)
_CREDENTIAL: Final = rb'username[ \t]*=[ \t]*"%b"'
_ADDRESS: Final = rb"sips?:%b[@:;>]"


class AccountFilter:
    """Tells the messages of one account from all others, as they come by in order.

    A message is about the account when a SIP URI or a credential in its head names it, when its
    Call-ID belongs to such a message, or when it went over a flow at which the account is
    registered: the last also finds what cannot be parsed.
    """

    def __init__(self, user: str, flows: Callable[[], Collection[Flow]]) -> None:
        """`flows` are those of the account's bindings, asked anew each time."""
        name = re.escape(user.encode())
        self._named = re.compile(b"|".join((_ADDRESS % name, _CREDENTIAL % name)), re.IGNORECASE)
        self._flows = flows
        self._call_ids: OrderedDict[bytes, None] = OrderedDict()

    def selects(self, message: Captured) -> bool:
        """Whether to show this message."""
        head = message.data.partition(b"\r\n\r\n")[0]
        call_id = call_id_of(head)
        is_named = self._named.search(head) is not None
        if is_named and call_id:
            self._remember(call_id)
        return is_named or call_id in self._call_ids or self._is_at_home(message.flow)

    def learn(self, message: Captured) -> bool:
        """Remember the call of a message, so that what came before it is selected too; False."""
        self.selects(message)
        return False

    def _remember(self, call_id: bytes) -> None:
        self._call_ids[call_id] = None
        self._call_ids.move_to_end(call_id)
        if len(self._call_ids) > MAX_REMEMBERED:
            self._call_ids.popitem(last=False)

    def _is_at_home(self, flow: Flow) -> bool:
        return any(
            flow.host == known.host
            and flow.port == known.port
            and flow.transport == known.transport
            for known in self._flows()
        )


def call_id_of(head: bytes) -> bytes:
    """The Call-ID in the head of a message; empty when there is none."""
    found = _CALL_ID.search(head)
    return found[1] if found else b""
