"""Where devices are in their own networks, as the registrar has seen it (F067)."""

from collections import OrderedDict

from directory.device_address import seen
from sipcore.kernel.errors import BadMessage
from sipcore.message.uri import Uri
from sipcore.registrar.binding import Binding
from sipcore.registrar.location import Location

REMEMBERED = 10_000
"""Accounts whose address is remembered after their registration has ended."""


class SeenAddresses:
    """The address of an account's newest registration that has one.

    It is remembered when it was asked for, so that the files of a building do not change each time
    one of its monitors is restarted.
    """

    def __init__(self, location: Location, remembered: int = REMEMBERED) -> None:
        self._location = location
        self._capacity = remembered
        self._last: OrderedDict[str, str] = OrderedDict()

    def of(self, user: str) -> str:
        """The address; empty when the server does not know one."""
        newest = sorted(self._location.bindings(user), key=lambda one: one.updated_at, reverse=True)
        for binding in newest:
            found = _address(binding)
            if found:
                self._keep(user, found)
                return found
        return self._last.get(user, "")

    def _keep(self, user: str, address: str) -> None:
        self._last[user] = address
        self._last.move_to_end(user)
        if len(self._last) > self._capacity:
            self._last.popitem(last=False)


def _address(binding: Binding) -> str:
    try:
        host = Uri.parse(binding.contact).host
    except BadMessage:
        host = ""
    return seen(host, binding.flow.host)
