"""Route set and remote target → Request-URI and Route (RFC 3261 §12.2.1.1), SIP or SIPS."""

from sipcore.message.address import Address
from sipcore.message.grammar import wire
from sipcore.message.route import is_loose
from sipcore.message.uri import Uri


def request_target(
    remote_target: bytes, route_set: tuple[bytes, ...]
) -> tuple[bytes, tuple[bytes, ...]]:
    """The Request-URI and the Route values of a request inside a dialog.

    With a loose router first (or no route at all) the remote target is the Request-URI and the
    route set goes along as it is. A strict router, one without `lr`, wants its own URI there,
    without what a Request-URI may not have (method and headers, table 1); the remote target then
    travels as the last Route. Raises BadMessage when the first route is malformed.
    """
    if not route_set:
        return remote_target, ()
    first = Address.parse(route_set[0], "Route")
    if is_loose(first):
        return remote_target, route_set
    return in_request_line(first.uri), (*route_set[1:], b"<" + remote_target + b">")


def in_request_line(uri: Uri) -> bytes:
    """The URI as a Request-URI: without method and headers (§19.1.1, table 1)."""
    if not uri.headers and uri.param("method") is None:
        return wire(str(uri))
    params = tuple([param for param in uri.params if param[0].lower() != "method"])
    return wire(str(Uri(uri.scheme, uri.user, uri.password, uri.host, uri.port, params)))


def wants_sips(remote_target: bytes, route_set: tuple[bytes, ...]) -> bool:
    """Whether a request to this target along these routes needs a SIPS Contact (§8.1.1.8).

    It does when the URI or the first route, which is what the next hop is found by, is SIPS.
    """
    # Most are not, which one octet tells.
    if remote_target[4:5] == b":" and remote_target[:4].lower() == b"sips":
        return True
    return bool(route_set) and route_set[0].lower().find(b"<sips:") >= 0
