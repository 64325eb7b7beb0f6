"""The files that devices fetch over HTTP (autop), and what they report there."""

from dataclasses import dataclass

from aiohttp import web

from directory.row_writer import RowWriter
from directory.unit import Directory
from doorline.adapters.autop import ReloadableAutop
from doorline.http_listener import HttpListener
from doorline.settings import HttpSettings
from provisioning.autop import Autop
from provisioning.catalogue import load_catalogue
from provisioning.direct import Seen
from provisioning.http import autop_routes
from provisioning.ledger import AutopFetch
from provisioning.render import Renderer
from provisioning.report_http import Receiver, hook_routes
from provisioning.store import DirectoryStore
from sipcore.kernel.clock import Clock


@dataclass(frozen=True, slots=True)
class DeviceFiles:
    """What renders the files, and the application that serves them."""

    autop: ReloadableAutop
    app: web.Application
    listener: HttpListener


def device_files(
    http: HttpSettings,
    directory: Directory,
    ledger: RowWriter[AutopFetch],
    reports: Receiver,
    seen: Seen,
    clock: Clock,
) -> DeviceFiles:
    """Autop on the directory; a changed device is rendered anew from now on.

    `reports` answers action URLs; `seen` knows where accounts register from.
    """
    devices = DirectoryStore(directory)
    autop = ReloadableAutop(
        lambda address: Autop(
            store=devices,
            renderer=Renderer(load_catalogue()),
            server=address,
            ledger=ledger,
            clock=clock,
            seen=seen,
        )
    )
    directory.listen(autop.changed)
    app = web.Application()
    hook_routes(app, reports)
    autop_routes(app, autop)
    return DeviceFiles(autop, app, HttpListener("http/autop", http.autop))
