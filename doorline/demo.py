"""The demo community at the first start, and what to try with it at every start."""

import shlex
from dataclasses import dataclass
from pathlib import Path

from directory.demo import DOOR_MAC, SITE, create_demo
from directory.errors import NotFound
from directory.kinds import AccountKind, Role
from directory.model import Site
from directory.scope import Scope
from directory.secrets import Secret
from directory.service import accounts, devices, operators, sites, tokens
from directory.unit import Directory, Unit
from doorline.http_listener import url_of
from doorline.server import DoorlineServer

OPERATOR = "root"
"""Name of the operator that is made with the demo community."""
FLAT = "1001"
"""The flat whose app is offered for a try."""
PROGRAM = ".venv/bin/doorline"
"""The command as `make run` installs it."""
_SCOPE = Scope.system("demo")


@dataclass(frozen=True, slots=True)
class _Try:
    """What a person may try."""

    autop_token: Secret
    user: str
    password: Secret
    display: str


async def prepare(directory: Directory) -> Secret | None:
    """Make the demo community and a root operator in an empty database.

    Returns the operator's token, which is stored nowhere; None when there is a site already.
    """
    async with directory.reading(_SCOPE) as unit:
        if (await sites.list(unit, limit=1)).items:
            return None
    await create_demo(directory)
    async with directory.unit(_SCOPE) as unit:
        operator = await operators.create(unit, name=OPERATOR, role=Role.ROOT)
        issued = await tokens.create(unit, operator_id=operator.id, label="first start")
    return issued.secret


def token_line(token: Secret) -> str:
    """How a new token is shown."""
    return f"admin token (shown this once): {token.reveal()}"


async def hints(server: DoorlineServer, token: Secret | None, config: Path) -> tuple[str, ...]:
    """Lines for the terminal: the token if it is new, and one thing to try of each kind.

    Each can be pasted into a shell; `config` is the settings file for the commands among them.
    """
    admin = server.operators.listener.bound[0]
    shown = token.reveal() if token else "$TOKEN"
    lines = [token_line(token) if token else _another_token(config)]
    lines.append(
        f'try the API:   curl -H "Authorization: Bearer {shown}" '
        f"{url_of(admin.host, admin.port)}/api/v1/sites"
    )
    found = await _find(server.stores.directory)
    address = server.address
    if found is None or address is None:
        return tuple(lines)
    transport, port = next(iter(address.ports.items()))
    file = f"{address.public_url}/autop/{found.autop_token.reveal()}/{DOOR_MAC}.cfg"
    return (
        *lines,
        f"try autop:     curl {file}",
        f"try SIP:       sip:{found.user}@{address.domain} password {found.password.reveal()} "
        f"server {address.host}:{port}/{transport} ({found.display}, app of flat {FLAT})",
    )


def _another_token(config: Path) -> str:
    """What to do when the token of the first start is lost."""
    return (
        "admin token:   the one of the first start holds; lost it? An operator of a new name: "
        f"TOKEN=$({PROGRAM} user add NAME --role root --config {shlex.quote(str(config))})"
    )


async def _find(directory: Directory) -> _Try | None:
    """The demo's door and the app of one flat, if they are still there."""
    async with directory.reading(_SCOPE) as unit:
        try:
            site = await sites.find(unit, SITE)
            doors = (await devices.list(unit, site_id=site.id, mac=DOOR_MAC)).items
            token = await devices.token(unit, doors[0].id) if doors else None
            return None if token is None else await _app_of_flat(unit, site, token)
        except NotFound:
            return None


async def _app_of_flat(unit: Unit, site: Site, autop_token: Secret) -> _Try | None:
    apps = await accounts.list(unit, site_id=site.id, kind=AccountKind.APP, sort="id", limit=1)
    for app in apps.items:
        password = await accounts.password(unit, app.id)
        return _Try(autop_token, app.user, password, app.display)
    return None
