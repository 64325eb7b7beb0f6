"""Route, Record-Route, Path and Service-Route: lists of name-addr (RFC 3261 §20.34, RFC 3327)."""

from sipcore.message.address import Address
from sipcore.message.grammar import split_commas


def parse_route(lines: list[bytes], where: str = "Route") -> tuple[Address, ...]:
    """All values of the header lines in order; raises BadMessage naming `where`."""
    return tuple(Address.parse(value, where) for line in lines for value in split_commas(line))


def is_loose(route: Address) -> bool:
    """Whether the hop is a loose router: its URI has the lr parameter (RFC 3261 §16.12)."""
    return route.uri.param("lr") is not None
