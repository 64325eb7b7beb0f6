"""Mixed load for a long time: whether memory grows and whether every table is empty afterwards."""

import tempfile
import time
from collections import Counter
from pathlib import Path

from bench.load import Load, write_users
from bench.machine import cores, memory_bytes
from bench.phone import Phone
from bench.server import Server

TABLES = ("sip_active_calls", "sip_transactions", "sip_subscriptions", "sip_datagrams_waiting")
"""What must be empty when nobody does anything any more."""
PATIENCE = 120.0
"""Seconds for subscriptions (60 s) and the NOTIFY that nobody answers any more (32 s) to end."""


def soak(generator: Path, server: Server, seconds: int) -> tuple[list[float], dict[str, float]]:
    """Memory in octets, sampled six times a minute, and the tables at the end."""
    _, core = cores()
    target, pid = server.address("sip/udp"), str(server.pid)
    samples: list[float] = []
    answers: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        loads = []
        for part, (first, count) in {
            "talk": (0, 300),
            "stay": (300, 600),
            "go": (900, 90),
        }.items():
            users = folder / f"{part}.csv"
            write_users(users, count, first)
            loads.append(Load(generator, users, target, pid, core))
        talk, stay, go = loads
        talk.run("prereg", count=300, window=16, expires=7200)
        limit = seconds + 120
        runs = [
            talk.begin("call", count=8 * seconds, rate=8, hold_ms=1500, offset=7, max_time=limit),
            stay.begin("refresh", count=100 * seconds, rate=100, max_time=limit),
            go.begin("prereg", count=20 * seconds, rate=20, expires=60, max_time=limit),
        ]
        phone = Phone("u000995", "pw000995", target)
        friend = Phone("u000996", "pw000996", target)
        answers["REGISTER " + friend.register(seconds + 600).decode()] += 1
        phone.look_after(friend)
        end = time.monotonic() + seconds
        turn = 0
        while time.monotonic() < end:
            turn += 1
            answers["SUBSCRIBE " + phone.subscribe(60).decode()] += 1
            answers["MESSAGE " + phone.message("u000996").decode()] += 1
            for _ in range(20):
                phone.garbage()
            time.sleep(0.2)
            if turn % 40 == 1:
                samples.append(memory_bytes(server.pid))
        reports = [run.report() for run in runs]
        phone.close()
        friend.close()
    print({"answers": dict(answers)})
    print([{key: run[key] for key in ("mode", "ok", "failed", "retrans")} for run in reports])
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and any(server.figures()[name] for name in TABLES):
        time.sleep(1)
    samples.append(memory_bytes(server.pid))
    figures = server.figures()
    print({name: value for name, value in figures.items() if "internal_errors" in name})
    return samples, {name: figures[name] for name in TABLES}
