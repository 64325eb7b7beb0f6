"""DoorlineServer: the running whole, started and stopped in one order.

Start: what writes, then what follows the directory, then the SIP listeners, then HTTP, which tells
devices where SIP is. Stop: the other way round, so that nothing is lost that somebody still makes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from doorline.adapters.health import ServerHealth
from doorline.assembly.capturing import Capturing
from doorline.assembly.device_files import DeviceFiles
from doorline.assembly.memory import Memory
from doorline.assembly.operators import Operators
from doorline.assembly.reporting import Reporting
from doorline.assembly.routing import Routing
from doorline.assembly.stores import Stores
from doorline.assembly.telling import Telling
from doorline.certificates import tls_contexts
from doorline.failures import cannot_listen
from doorline.http_listener import url_of
from doorline.push.pushing import Pushing
from doorline.settings import Settings, TlsSettings
from doorline.settings.address import EVERYWHERE
from doorline.system import machine_address
from provisioning.profile import ServerAddress
from sipcore.endpoint.endpoint import SipEndpoint
from sipcore.endpoint.settings import BoundListener


class ReloadError(Exception):
    """Something could not be read again; the text says what stays as it was, and why."""


@dataclass(slots=True)
class DoorlineServer:
    """The rooms with every part that has to be started or stopped; `compose` makes it."""

    settings: Settings
    stores: Stores
    memory: Memory
    push: Pushing
    routing: Routing
    telling: Telling
    capturing: Capturing
    endpoint: SipEndpoint
    files: DeviceFiles
    reporting: Reporting
    operators: Operators
    address: ServerAddress | None = None
    """Where devices reach this server; known once it has started."""

    @property
    def health(self) -> ServerHealth:
        """What it says about readiness."""
        return self.operators.health

    async def start(self) -> tuple[str, ...]:
        """Begin; returns one line per listener. StartError when an address cannot be had."""
        self.files.listener.bind()
        self.operators.listener.bind()
        self.stores.door_log.start()
        self.stores.ledger.start()
        await self.memory.estate.start()
        await self.routing.trunks.start()
        self.push.start()
        if self.capturing.homer is not None:
            await self.capturing.homer.start()
        try:
            bound = await self.endpoint.start()
        except OSError as error:
            place = (error.strerror or str(error)).partition(": ")[0]
            raise cannot_listen(place.replace("sip ", "sip/", 1), error) from error
        self.address = self._address(bound)
        self.files.autop.start(self.address)
        await self.files.listener.serve(self.files.app)
        await self.operators.listener.serve(self.operators.app)
        self.stores.retention.start()
        sip = tuple(str(listener) for listener in bound)
        return (*sip, *self.files.listener.lines, *self.operators.listener.lines)

    async def drain(self, seconds: float) -> None:
        """Take no new calls, let open ones go on for at most `seconds`."""
        await self.endpoint.drain(seconds)

    async def stop(self) -> None:
        """Close everything; what waits to be written is written first."""
        await self.endpoint.stop()
        if self.capturing.homer is not None:
            await self.capturing.homer.stop()
        if self.capturing.capture is not None:
            self.capturing.capture.stop()
        self.telling.live.stop()
        await self.routing.trunks.stop()
        await self.push.stop()
        await self.files.listener.stop()
        await self.operators.listener.stop()
        self.reporting.calls.stop()
        await self.memory.estate.stop()
        await self.stores.retention.stop()
        await self.stores.ledger.close()
        await self.stores.door_log.close()
        await asyncio.to_thread(self.stores.journal.flush_and_close)
        await asyncio.to_thread(self.stores.bindings.flush_and_close)
        await self.stores.database.close()

    def reload(self) -> str:
        """Read templates and certificates again; returns what was read.

        What is bad stays as it was and does not keep the other from being renewed; ReloadError
        then says which and why. Open connections go on with the certificate they began with.
        """
        parts: dict[str, Callable[[], None]] = {"templates": self.files.autop.reload}
        if self.settings.sip.tls != TlsSettings():
            parts["certificates"] = self._reload_certificates
        faults = []
        for name, read in parts.items():
            try:
                read()
            except Exception as error:
                faults.append(f"{name} stay as they were: {error}")
        if faults:
            raise ReloadError("; ".join(faults))
        return ", ".join(parts)

    def _reload_certificates(self) -> None:
        self.endpoint.use_certificates(tls_contexts(self.settings))

    def _address(self, bound: tuple[BoundListener, ...]) -> ServerAddress:
        """What goes into the devices' files."""
        sip, http = self.settings.sip, self.settings.http
        host = bound[0].advertised_host or sip.advertised_host or _tellable(bound[0].host)
        web_address = self.files.listener.bound[0]
        web_host = host if web_address.everywhere else web_address.host
        ports: dict[str, int] = {}
        for listener in bound:
            ports.setdefault(listener.transport.lower(), listener.advertised_port or listener.port)
        return ServerAddress(
            host=host,
            ports=ports,
            domain=sip.domain,
            public_url=http.public_url.rstrip("/") or url_of(web_host, web_address.port),
            registration_expires=sip.registrar.default_expires,
        )


def _tellable(host: str) -> str:
    """An address that means every address is replaced by one that others can send to."""
    return machine_address() if host in EVERYWHERE else host
