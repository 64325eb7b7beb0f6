"""What grows with the number of phones: CPU and memory of a refresh, pauses, the start."""

import gc
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bench.in_process import RegisterPath
from bench.load import Load, write_users
from bench.machine import cores
from bench.server import Server
from doorline.collector import Collector
from doorline.system import SystemClock
from sipcore.kernel.flow import Flow

SAMPLE = 20_000
"""Refreshes measured at each size, of phones spread over all of them."""
WAITS = "sip_wait_seconds_bucket"
STALL_SECONDS = 60
BOUND = 0.005
"""Seconds that 99.9 % of all work may wait."""


def stall(
    generator: Path, server: Server, folder: Path, phones: int, rate: int, calls: int
) -> dict[str, float]:
    """How long work waits in the server's loop under refreshes and, when wanted, calls."""
    talk = folder / "talk.csv"
    write_users(talk, 300)
    _, core = cores()
    target, pid = server.address("sip/udp"), str(server.pid)
    stay = Load(generator, folder / "users.csv", target, pid, core)
    speak = Load(generator, talk, target, pid, core)
    speak.run("prereg", count=300, window=16)
    # Every phone registers first, which the generator does before it begins to measure.
    refreshing = stay.begin("refresh", count=rate * STALL_SECONDS, rate=rate, max_time=300)
    while server.figures()["sip_bindings"] < phones or not _is_calm(server):
        time.sleep(1)
    calling = None
    if calls:
        count = calls * (STALL_SECONDS - 10)
        calling = speak.begin("call", count=count, rate=calls, offset=7, hold_ms=1000)
    before = server.figures()
    cpu = time.monotonic()
    time.sleep(STALL_SECONDS - 10)
    seconds = time.monotonic() - cpu
    after = server.figures()
    run = refreshing.report()
    if calling is not None:
        calling.report()
    waits = {
        float(name.split('"')[1]): after[name] - before[name]
        for name in after
        if name.startswith(WAITS)
    }
    ticks = max(waits.values())
    return {
        "refreshes a second": rate,
        "core used, %": run["srv_core_pct"],
        "messages a second": (
            after["sip_messages_received_total"] - before["sip_messages_received_total"]
        )
        / seconds,
        "wait p99 is at most, ms": _bound(waits, 0.99 * ticks),
        "wait p99.9 is at most, ms": _bound(waits, 0.999 * ticks),
        "longest wait is at most, ms": _bound(waits, ticks),
        "waits of more than 5 ms, %": (ticks - waits[BOUND]) / ticks * 100,
        "answer p99, ms": run["lat_p99_ms"],
        "longest answer, ms": run["lat_max_ms"],
    }


def _is_calm(server: Server) -> bool:
    """Whether the registrations that came before are over."""
    first = server.figures()["registrar_challenged_total"]
    time.sleep(0.5)
    return server.figures()["registrar_challenged_total"] == first


def _bound(waits: dict[float, float], least: float) -> float:
    """The lowest bound under which so many waits lie, milliseconds."""
    return min(bound for bound, count in waits.items() if count >= least) * 1e3


def growth(phones: int, folder: Path, *, is_stored: bool) -> dict[str, float]:
    """CPU of a refresh in one process at this many bindings, and the pauses of the collector."""
    path = RegisterPath(phones, folder if is_stored else None)
    for phone in path.phones:
        number = phone.number
        host = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
        phone.flow = Flow("UDP", 0, host, 5060)
    pauses: dict[int, list[float]] = {0: [], 1: [], 2: []}
    began = 0.0

    def note(phase: str, info: dict[str, Any]) -> None:
        nonlocal began
        now = time.thread_time()
        if phase == "start":
            began = now
        else:
            pauses[info["generation"]].append((now - began) * 1e3)

    collector = Collector(SystemClock(), lambda: True)
    collector.settle()
    gc.callbacks.append(note)
    try:
        path.exchange()
        registering = [pause for each in pauses.values() for pause in each]
        step = max(1, phones // SAMPLE)
        some = SimpleNamespace(phones=path.phones[::step])
        for each in pauses.values():
            each.clear()
        costs = []
        for _ in range(5):
            messages = RegisterPath.refreshes(some)  # type: ignore[arg-type]
            costs.append(path.take(messages) / len(messages) * 1e6)
        refreshing = [pause for each in pauses.values() for pause in each]
    finally:
        gc.callbacks.remove(note)
        collector.release()
        if path.storage:
            path.storage.flush_and_close()
    return {
        "refresh, us": sorted(costs)[2],
        "longest pause while registering, ms": max(registering, default=0.0),
        "longest pause while refreshing, ms": max(refreshing, default=0.0),
    }
