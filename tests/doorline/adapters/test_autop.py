"""Autop that reads its templates again while it runs."""

import pytest

from directory.unit import Changed
from doorline.adapters.autop import ReloadableAutop
from provisioning.autop import Ask, Autop
from provisioning.catalogue import load_catalogue
from provisioning.profile import ServerAddress
from provisioning.render import Renderer, RenderError
from tests.provisioning.doubles import MemoryLedger, MemoryStore, no_pause
from tests.support.clock import ManualClock

ADDRESS = ServerAddress("192.0.2.1", {"udp": 5060}, "doorline.local", "http://192.0.2.1:8080")
ASK = Ask(path="0c110500000a.cfg", method="GET", source="192.0.2.9")


class Maker:
    """Makes Autops until it is told that the templates are broken."""

    def __init__(self) -> None:
        self.made: list[Autop] = []
        self.broken = False

    def __call__(self, address: ServerAddress) -> Autop:
        if self.broken:
            raise RenderError("templates/r29.cfg.j2: unexpected end")
        self.made.append(
            Autop(
                store=MemoryStore(),
                renderer=Renderer(load_catalogue()),
                server=address,
                ledger=MemoryLedger(),
                clock=ManualClock(),
                pause=no_pause,
            )
        )
        return self.made[-1]


async def test_a_reload_replaces_everything_and_keeps_the_count() -> None:
    make = Maker()
    autop = ReloadableAutop(make)
    autop.start(ADDRESS)
    await autop.fetch(ASK)
    autop.reload()
    await autop.fetch(ASK)

    assert autop.present is make.made[1]
    assert autop.counters == {"unknown_mac": 2}
    assert autop.public_url == "http://192.0.2.1:8080"


async def test_broken_templates_leave_the_present_ones_in_use() -> None:
    make = Maker()
    autop = ReloadableAutop(make)
    autop.start(ADDRESS)
    make.broken = True

    with pytest.raises(RenderError):
        autop.reload()

    assert autop.present is make.made[0]
    assert (await autop.fetch(ASK)).status == 404


async def test_before_the_start_nothing_is_served() -> None:
    autop = ReloadableAutop(Maker())
    autop.changed(Changed(1, "device", 2))
    autop.reload()

    assert (autop.public_url, dict(autop.counters)) == ("", {})
    with pytest.raises(RuntimeError):
        await autop.fetch(ASK)
