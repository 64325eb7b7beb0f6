"""Calls past the server: numbers of a device's files that are addresses of other devices (F067).

A household in call mode IP is called at its monitors' own addresses. Which one that is, an
operator has entered, or the server has seen it; a monitor of which neither is true is called by
its account, through the server.
"""

from collections.abc import Callable, Iterable

from directory.queries.provisioning import ContactEntry, DirectPeer

Seen = Callable[[str], str]
"""Where the account with that user registers from; empty when that is not known."""

NAMED = 5
"""Names that a note holds at most."""


def nowhere(_user: str) -> str:
    """Nobody has been seen."""
    return ""


def address_of(peer: DirectPeer, seen: Seen) -> str:
    """The address to dial; empty when there is none. Devices dial addresses of IPv4 alone."""
    found = peer.address or seen(peer.user)
    return "" if ":" in found else found


def lines(entry: ContactEntry, seen: Seen, unknown: list[str]) -> list[ContactEntry]:
    """An entry of a contact list with addresses for numbers: one line for each monitor.

    It stays as it is when no address is known. `unknown` gains the names of monitors that are
    called through the server.
    """
    found = _numbers(entry.direct, seen, unknown, entry.group)
    several = len(found) > 1
    return [
        ContactEntry(
            f"{entry.name} - {peer.name}" if several else entry.name,
            number,
            entry.kind,
            entry.group,
        )
        for peer, number in found
    ] or [entry]


def numbers(
    peers: Iterable[DirectPeer], through_server: tuple[str, ...], seen: Seen, unknown: list[str]
) -> tuple[str, ...]:
    """What a call button dials: the monitors, or what it dials on the server if none is known."""
    return tuple(number for _, number in _numbers(peers, seen, unknown)) or through_server


def _numbers(
    peers: Iterable[DirectPeer], seen: Seen, unknown: list[str], household: str = ""
) -> list[tuple[DirectPeer, str]]:
    """Each monitor with its address, or else its account; none while no address is known."""
    found = [(peer, address_of(peer, seen)) for peer in peers]
    unknown += [named(peer, household) for peer, address in found if not address]
    if not any(address for _, address in found):
        return []
    return [(peer, address or peer.user) for peer, address in found]


def named(peer: DirectPeer, household: str = "") -> str:
    """A monitor as notes name it."""
    return f"{peer.name} ({household})" if household else peer.name


def note_of(unknown: Iterable[str]) -> str:
    """What to tell of monitors without an address; empty when there are none."""
    names = list(dict.fromkeys(unknown))
    if not names:
        return ""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"Calls go through the server to {', '.join(names[:NAMED])}{more}: no address is known."
