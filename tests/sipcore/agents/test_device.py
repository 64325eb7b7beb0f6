"""A simulated device: its process, its commands, and what happens when nothing happens."""

import pytest

from sipcore.agents.device import DeviceError, SimulatedDevice, Sound


async def test_a_device_reports_when_it_is_ready_and_leaves_no_process() -> None:
    async with SimulatedDevice("door") as device:
        seen = [event["event"] for event in device.events]

    assert seen == ["ready"]


async def test_an_event_is_expected_once() -> None:
    async with SimulatedDevice("door") as device:
        with pytest.raises(DeviceError, match="door: does not report ready within"):
            await device.expect("ready", within=0.05)


async def test_what_never_happens_is_named_in_the_error() -> None:
    async with SimulatedDevice("monitor") as device:
        with pytest.raises(DeviceError, match="monitor: does not report incoming or ended"):
            await device.expect("incoming", "ended", within=0.05)

        assert device.saw("incoming") is False


async def test_a_registration_that_nobody_answers_fails_in_time() -> None:
    async with SimulatedDevice("app") as device:
        with pytest.raises(DeviceError, match="app: gets no answer to its registration within"):
            await device.register(
                user="1",
                password="p",
                domain="doorline.test",
                server="127.0.0.1:9",
                within=0.3,
            )


async def test_a_device_without_a_call_hears_nothing() -> None:
    async with SimulatedDevice("monitor") as device:
        assert await device.sound() == Sound(0, 0, 0)
        with pytest.raises(DeviceError, match=r"monitor: hears nothing, 0 packets within 0\.2 s"):
            await device.hear(1, within=0.2)


async def test_a_device_that_vanished_is_not_waited_for() -> None:
    async with SimulatedDevice("app") as device:
        await device.vanish()
        with pytest.raises(DeviceError, match="app: the device's process ended"):
            await device.expect("incoming")


async def test_a_device_that_was_not_started_says_so() -> None:
    with pytest.raises(DeviceError, match="door: not started"):
        await SimulatedDevice("door").dial("1001")
