from admin_api.rows import DeviceWakeRow, WakeRow
from doorline.adapters.wakes import WakeHealthView
from tests.support.pushing import DOOR, Bench, app


async def test_an_app_without_a_past_can_be_woken_or_not() -> None:
    bench = Bench()
    view = WakeHealthView(bench.finder, bench.book)

    assert view.wake_health("a1") == WakeRow(can_wake=True)
    assert view.wake_health("nobody") == WakeRow(can_wake=False)


async def test_what_is_remembered_is_shown() -> None:
    bench = Bench()
    bench.start()
    for visit, seconds in (("v1", 1.0), ("v2", 3.0)):
        bench.waker.wake(visit, app("a1"), DOOR, 30.0)
        await bench.settled()
        bench.pass_by(seconds)
        bench.register("a1")
    await bench.stop()

    told = {
        "last_push_at": bench.utc - 3,
        "last_event": "wake",
        "last_outcome": "sent",
        "last_wake_at": bench.utc,
        "last_latency": 3.0,
        "latency_median": 1.0,
        "latency_p95": 3.0,
        "wakes": 2,
    }
    (target,) = bench.finder.targets("a1")
    shown = WakeHealthView(bench.finder, bench.book).wake_health("a1")
    (phone,) = shown.devices

    assert phone == DeviceWakeRow(device=target.device, provider="fcm", **told)  # type: ignore[arg-type]
    assert shown == WakeRow(can_wake=True, devices=(phone,), **told)  # type: ignore[arg-type]
