"""DoorlineServer: the running whole, started and stopped in one order.

Start: what writes, then what follows the directory, then the SIP listeners, then HTTP, which tells
devices where SIP is. Stop: the other way round, so that nothing is lost that somebody still makes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from directory.row_writer import RowWriter
from directory.unit import Directory
from doorline.adapters.autop import ReloadableAutop
from doorline.adapters.capture import AccountCapture
from doorline.adapters.direct_calls import DirectCallRecord
from doorline.adapters.estate_memory import EstateMemory
from doorline.adapters.health import ServerHealth
from doorline.adapters.homer import HomerExporter
from doorline.adapters.live_events import LiveEvents
from doorline.adapters.retention import Retention
from doorline.certificates import tls_contexts
from doorline.failures import cannot_listen
from doorline.http_listener import HttpListener, url_of
from doorline.push.pushing import Pushing
from doorline.settings import Settings, TlsSettings
from doorline.settings.address import EVERYWHERE
from doorline.system import machine_address
from doorline.trunks import Trunks
from provisioning.ledger import AutopFetch
from provisioning.profile import ServerAddress
from relay.door_log import DoorLogEntry
from sipcore.endpoint.endpoint import SipEndpoint
from sipcore.endpoint.settings import BoundListener
from sipcore.storage.bindings_sql import WriteBehindBindings
from sipcore.storage.call_records import SqlCallJournal


class ReloadError(Exception):
    """Something could not be read again; the text says what stays as it was, and why."""


@dataclass(slots=True)
class DoorlineServer:
    """Every part that has to be started or stopped; `compose` makes it."""

    settings: Settings
    directory: Directory
    health: ServerHealth
    bindings: WriteBehindBindings
    journal: SqlCallJournal
    door_log: RowWriter[DoorLogEntry]
    ledger: RowWriter[AutopFetch]
    retention: Retention
    memory: EstateMemory
    trunks: Trunks
    push: Pushing
    endpoint: SipEndpoint
    homer: HomerExporter | None
    capture: AccountCapture | None
    live: LiveEvents
    autop: ReloadableAutop
    direct_calls: DirectCallRecord
    autop_listener: HttpListener
    autop_app: web.Application
    admin_listener: HttpListener
    admin_app: web.Application
    address: ServerAddress | None = None
    """Where devices reach this server; known once it has started."""

    async def start(self) -> tuple[str, ...]:
        """Begin; returns one line per listener. StartError when an address cannot be had."""
        self.autop_listener.bind()
        self.admin_listener.bind()
        self.door_log.start()
        self.ledger.start()
        await self.memory.start()
        await self.trunks.start()
        self.push.start()
        if self.homer is not None:
            await self.homer.start()
        try:
            bound = await self.endpoint.start()
        except OSError as error:
            place = (error.strerror or str(error)).partition(": ")[0]
            raise cannot_listen(place.replace("sip ", "sip/", 1), error) from error
        self.address = self._address(bound)
        self.autop.start(self.address)
        await self.autop_listener.serve(self.autop_app)
        await self.admin_listener.serve(self.admin_app)
        self.retention.start()
        sip = tuple(str(listener) for listener in bound)
        return (*sip, *self.autop_listener.lines, *self.admin_listener.lines)

    async def drain(self, seconds: float) -> None:
        """Take no new calls, let open ones go on for at most `seconds`."""
        await self.endpoint.drain(seconds)

    async def stop(self) -> None:
        """Close everything; what waits to be written is written first."""
        await self.endpoint.stop()
        if self.homer is not None:
            await self.homer.stop()
        if self.capture is not None:
            self.capture.stop()
        self.live.stop()
        await self.trunks.stop()
        await self.push.stop()
        await self.autop_listener.stop()
        await self.admin_listener.stop()
        self.direct_calls.stop()
        await self.memory.stop()
        await self.retention.stop()
        await self.ledger.close()
        await self.door_log.close()
        await asyncio.to_thread(self.journal.flush_and_close)
        await asyncio.to_thread(self.bindings.flush_and_close)
        await self.directory.database.close()

    def reload(self) -> str:
        """Read templates and certificates again; returns what was read.

        What is bad stays as it was and does not keep the other from being renewed; ReloadError
        then says which and why. Open connections go on with the certificate they began with.
        """
        parts: dict[str, Callable[[], None]] = {"templates": self.autop.reload}
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
        web_address = self.autop_listener.bound[0]
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
