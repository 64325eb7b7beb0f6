"""What the engine reads, and how it stays in step."""

from pathlib import Path

from directory.scope import Scope
from directory.service import sites
from sipcore.registrar.binding import BindingChanged, Changes
from tests.support.clock import ManualClock
from tests.support.registration import binding
from tests.support.rooms import opened


async def test_who_was_registered_is_so_after_a_restart(tmp_path: Path) -> None:
    clock = ManualClock()
    made = binding(user="1001", expires_at=clock.utc() + 60)
    async with opened(tmp_path, clock) as (_, memory):
        memory.location.apply("1001", Changes((made,), (BindingChanged(made),)))
    async with opened(tmp_path, clock) as (_, memory):
        assert [one.contact for one in memory.location.bindings("1001")] == [made.contact]
    clock.advance(61.0)
    async with opened(tmp_path, clock) as (_, memory):
        assert len(memory.location) == 0


async def test_a_change_of_the_directory_reaches_the_memory(tmp_path: Path) -> None:
    async with opened(tmp_path) as (stores, memory):
        await memory.estate.start()
        async with stores.directory.unit(Scope.system()) as unit:
            site = await sites.create(unit, name="Court")
        await memory.estate.settled()
        await memory.estate.stop()

        assert memory.dial.sites[site.id].name == "Court"
