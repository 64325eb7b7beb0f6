"""Many at once: the return after a power cut, a flood, TLS phones that reconnect."""

import asyncio
import json
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.load import DOMAIN, Load, write_users
from bench.machine import cores, cpu_seconds, memory_bytes
from bench.phone import proof
from bench.server import Server

PHONES = 1000
CALM = 10.0
"""Seconds within which a server must be its old self after a flood."""


def come_back(generator: Path, server: Server, users: Path, *, spread: bool) -> dict[str, float]:
    """Every user registers at the same moment and goes on until it is registered."""
    load = _load(generator, server, users)
    before = memory_bytes(server.pid)
    options: dict[str, Any] = {"spread": True} if spread else {}
    run = load.run("return", count=run_count(users), max_time=300, **options)
    figures = server.figures()
    print(json.dumps({"completed in each second": run["per_second"], "answers": run["codes"]}))
    refused = sum(value for name, value in figures.items() if name.startswith("sip_shed"))
    return {
        "back": run["back"],
        "all are back after, s": run["secs"],
        "half are back after, s": run["done_p50_ms"] / 1e3,
        "registrations a second": run["back"] / run["secs"],
        "datagrams sent for each of the two needed": run["tx"] / (2 * run["back"]),
        "attempts given up": run["failed"],
        "bans": figures["sip_bans_made_total"],
        "shed": refused,
        "MB more": (memory_bytes(server.pid) - before) / 1e6,
    }


def run_count(users: Path) -> int:
    """Users in a file of the generator."""
    with users.open() as lines:
        return sum(1 for _ in lines) - 1


def at_most(generator: Path, server: Server, users: Path, *, spread: bool) -> float:
    """First registrations a second when none has to wait: what a return is measured against."""
    options: dict[str, Any] = {"spread": True} if spread else {}
    load = _load(generator, server, users)
    return float(load.run("prereg", count=run_count(users), window=16, **options)["rate"])


def flood(
    generator: Path, server: Server, folder: Path, everybody: Path, method: str, rate: int
) -> dict[str, float]:
    """What phones that are known notice of strangers who send `rate` requests a second."""
    figures: dict[str, float] = {}
    talk, stay = folder / "talk.csv", folder / "stay.csv"
    write_users(talk, PHONES)
    write_users(stay, PHONES, PHONES)
    callers, others = _load(generator, server, talk), _load(generator, server, stay)
    callers.run("prereg", count=PHONES, window=16)
    _calls(figures, "calm", callers.run("call", count=200, rate=20, offset=7, hold_ms=1000))
    strangers = _load(generator, server, everybody).begin(
        "flood", count=25 * rate, rate=rate, spread=True, method=method
    )
    time.sleep(3)
    registering = others.begin("prereg", count=PHONES, rate=100, timeout=32)
    calling = callers.begin("call", count=300, rate=20, offset=7, hold_ms=1000, timeout=32)
    registered = registering.report()
    figures["flood: registrations of others that failed, of 1,000"] = registered["failed"]
    figures["flood: registration p99, ms"] = registered["lat_p99_ms"]
    _calls(figures, "flood", calling.report())
    answers = strangers.report()["codes"]
    print(json.dumps({"the flood was told": answers}))
    began = time.monotonic()
    while time.monotonic() < began + CALM:
        now = server.figures()
        if not now["sip_overload_level"] and not now["sip_datagrams_waiting"]:
            break
        time.sleep(0.1)
    figures["calm again after, s"] = time.monotonic() - began
    _calls(figures, "afterwards", callers.run("call", count=200, rate=20, offset=7, hold_ms=1000))
    now = server.figures()
    figures["bans"] = now["sip_bans_made_total"]
    figures["datagrams dropped"] = now["sip_datagrams_dropped_total"]
    figures["strangers shed"] = now["sip_shed_overload_stranger_total"]
    return figures


def _calls(figures: dict[str, float], when: str, run: dict[str, Any]) -> None:
    figures[f"{when}: calls that failed, of {run['count']}"] = run["failed"]
    figures[f"{when}: INVITE to 180 p99, ms"] = run["inv180_p99_ms"]


def _load(generator: Path, server: Server, users: Path) -> Load:
    return Load(generator, users, server.address("sip/udp"), str(server.pid), cores()[1])


def reconnect(server: Server, address: str, certificate: Path, phones: int) -> dict[str, float]:
    """TLS phones that connect at the same moment and register; each tries until it has done so."""
    host, port = address.rsplit(":", 1)
    context = ssl.create_default_context(cafile=str(certificate))
    before, cpu = memory_bytes(server.pid), cpu_seconds(server.pid)
    began = time.monotonic()
    figures: dict[str, float] = {}

    def look() -> None:
        """Before the first connection is closed."""
        figures["registered"] = server.figures()["sip_bindings"]
        spent = cpu_seconds(server.pid) - cpu
        figures["CPU of a handshake and a registration, us"] = spent / phones * 1e6
        figures["bytes of a phone"] = (memory_bytes(server.pid) - before) / phones

    results = asyncio.run(_all(host, int(port), context, phones, began, look))
    now = server.figures()
    figures["attempts"] = sum(attempts for attempts, _ in results)
    figures["all are back after, s"] = max(at for _, at in results)
    figures["handshakes that failed"] = now["sip_tls_failures_total"]
    figures["bans"] = now["sip_bans_made_total"]
    return figures


async def _all(
    host: str,
    port: int,
    context: ssl.SSLContext,
    phones: int,
    began: float,
    look: Callable[[], None],
) -> list[tuple[int, float]]:
    """Attempts of each phone, and after how many seconds it was registered."""
    kept: list[asyncio.StreamWriter] = []

    async def phone(number: int) -> tuple[int, float]:
        for attempt in range(1, 20):
            try:
                reader, writer = await asyncio.open_connection(host, port, ssl=context)
                kept.append(writer)
                await _register(reader, writer, f"u{number:06d}", f"pw{number:06d}")
                return attempt, time.monotonic() - began
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(1)
        raise ConnectionError(f"phone {number} never registered")

    results = list(await asyncio.gather(*map(phone, range(phones))))
    await asyncio.to_thread(look)
    return results


async def _register(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, user: str, password: str
) -> None:
    """REGISTER, 401, REGISTER, 200."""
    line = ""
    for cseq in (1, 2):
        writer.write(
            f"REGISTER sip:{DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TLS bench.invalid;"
            f"branch=z9hG4bK{user}{cseq}\r\nMax-Forwards: 70\r\n"
            f"From: <sip:{user}@{DOMAIN}>;tag=1\r\n"
            f"To: <sip:{user}@{DOMAIN}>\r\nCall-ID: {user}@bench\r\nCSeq: {cseq} REGISTER\r\n"
            f"Contact: <sip:{user}@bench.invalid;transport=tls>\r\n{line}"
            "Content-Length: 0\r\n\r\n".encode()
        )
        answer = await reader.readuntil(b"\r\n\r\n")
        if answer.startswith(b"SIP/2.0 200"):
            return
        line = proof("REGISTER", f"sip:{DOMAIN}", user, password, answer)
    raise ConnectionError(answer.decode())
