"""LiveLocator: a target's contacts at this moment, from the bindings in memory and the trunks."""

from collections.abc import Mapping

from sipcore.b2bua.plan import Target
from sipcore.b2bua.ports import Route
from sipcore.dialog.reach import flow_towards
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding
from sipcore.registrar.location import Location


class LiveLocator:
    """Fulfils the B2BUA's Locator port."""

    def __init__(self, location: Location, trunks: Mapping[str, Trunk]) -> None:
        self._location = location
        self._trunks = trunks
        self._addressing: LocalAddressing | None = None

    def use(self, addressing: LocalAddressing) -> None:
        """Learn the bound listeners; called once when the endpoint has started."""
        self._addressing = addressing

    def routes(self, target: Target) -> tuple[Route, ...]:
        """Every live contact of an account, or the way to a landline through its trunk."""
        if self._addressing is None:
            return ()
        if target.trunk is not None:
            return self._trunk_routes(target, target.trunk, self._addressing)
        aor = b"sip:" + target.party.user.encode() + b"@" + self._addressing.domain
        return tuple(
            Route(
                _target(binding.contact),
                # Behind an edge proxy (Path) the flow is the proxy's, whatever the contact says.
                flow if binding.path else flow_towards(binding.contact, flow),
                aor,
                path=tuple(path.encode("utf-8", "surrogateescape") for path in binding.path),
            )
            for binding in _one_flow_each(self._location.bindings(target.party.user))
            if binding.contact.lower().startswith(("sip:", "sips:"))
            and (flow := self._addressing.present(binding.flow)) is not None
        )

    def _trunk_routes(
        self, target: Target, name: str, addressing: LocalAddressing
    ) -> tuple[Route, ...]:
        trunk = self._trunks.get(name)
        if trunk is None:
            return ()
        listener = addressing.listener_for(trunk.transport, trunk.host)
        if listener is None:
            return ()
        host = trunk.domain or trunk.host
        if ":" in host:
            host = f"[{host}]"
        at = f"{host}:{trunk.port}" if not trunk.domain and trunk.port != 5060 else host
        number = f"sip:{trunk.dialled(target.party.user)}@{at}".encode()
        identity = trunk.from_user or trunk.user
        return (
            Route(
                number,
                Flow(trunk.transport, listener, trunk.host, trunk.port),
                number,
                from_uri=f"<sip:{identity}@{host}>".encode() if identity else b"",
                trunk=name,
            ),
        )


def _target(contact: str) -> bytes:
    """A contact as Request-URI: without headers and method (RFC 3261 §16.6 step 2, §19.1.1)."""
    if "?" in contact or ";method=" in contact.lower():
        contact = contact.partition("?")[0]
        pieces = contact.split(";")
        contact = ";".join(p for p in pieces if not p.lower().startswith("method="))
    return contact.encode("utf-8", "surrogateescape")


def _one_flow_each(bindings: tuple[Binding, ...]) -> tuple[Binding, ...]:
    """Bindings without those that are further flows of the same phone.

    RFC 5626 §6: a phone that keeps several flows open (same instance, another reg-id) rings over
    one of them only; the one that was refreshed last is the most likely to work.
    """
    if not any(binding.reg_id for binding in bindings):
        return bindings
    newest: dict[str, Binding] = {}
    for binding in bindings:
        if binding.reg_id:
            other = newest.setdefault(binding.instance, binding)
            if binding.updated_at > other.updated_at:
                newest[binding.instance] = binding
    return tuple(
        binding for binding in bindings if not binding.reg_id or newest[binding.instance] is binding
    )
