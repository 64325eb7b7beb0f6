"""`make bench`: CPU time per operation of the whole product, and of Kamailio where it is installed.

    python -m bench                     everything, a few minutes
    python -m bench --only calls        one part: registrar, calls, memory, streams, autop
    python -m bench --only return       by name only: planning, visits, return, overload,
                                        reconnect, stall, growth, start, soak
                                        (docs/performance.md, "At scale")
    python -m bench --rounds 5 --json results.json

Every figure is measured on a temporary server with authentication, write-behind to SQLite and
metrics on. Absolute times belong to the machine of the day; compare the columns of one run, or
multiples of the calibration line.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from bench import kamailio, planning, scale, storms, streams, visits
from bench.load import Load, build, free_port, write_accounts, write_users
from bench.machine import calibrate, cores, cpu_seconds, memory_bytes
from bench.server import Server, doorline, write_config
from bench.soak import soak

USERS = 1000
MANY = 100_000
CONNECTIONS = 1000
TLS_PHONES = 2000
CACHE = Path.home() / ".cache" / "doorline-bench"

Told = TypeVar("Told")
Figures = dict[str, list[float]]


def main() -> int:
    """Measure what was asked for and print a table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="repetitions, interleaved with peers")
    parser.add_argument("--only", choices=sorted(PARTS), action="append", help="measure this part")
    parser.add_argument("--many", type=int, default=MANY, help="bindings for the memory figures")
    parser.add_argument("--seconds", type=int, default=900, help="how long the soak takes")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    options = parser.parse_args()
    generator = build(CACHE)
    figures: Figures = {}
    figures["calibration: MD5 of 668 bytes, us"] = [calibrate() for _ in range(5)]
    for name in options.only or USUAL:
        PARTS[name](generator, options, figures)
    report(figures)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")
    return 0


def measure_load(
    generator: Path,
    options: argparse.Namespace,
    figures: Figures,
    runs: Callable[[Load, str, Figures], None],
) -> None:
    """Run the same load against us and against Kamailio, in turn."""
    server_core, load_core = cores()
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            users = folder / "users.csv"
            write_users(users, USERS)
            with prepared(folder, USERS, server_core) as server:
                target = server.address("sip/udp")
                runs(Load(generator, users, target, str(server.pid), load_core), "", figures)
            if kamailio.installed():
                with kamailio.Kamailio(folder, USERS, server_core) as peer:
                    load = Load(generator, users, peer.address, peer.pids, load_core)
                    runs(load, " (Kamailio tlsf)", figures)


def prepared(folder: Path, accounts: int, core: int, *, trusts_load: bool = True) -> Server:
    """A server with this many accounts, ready to be started."""
    config = write_config(folder, trusts_load=trusts_load)
    rows = folder / "accounts.csv"
    write_accounts(rows, accounts)
    doorline("account", "import", str(rows), "--site", "Bench", "--config", str(config))
    return Server(config, core)


def measure_registrar(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """REGISTER with challenge, and refresh with a known nonce."""

    def runs(load: Load, who: str, figures: Figures) -> None:
        load.run("prereg", count=USERS, window=16)
        keep(figures, f"REGISTER 401+200, us{who}", load.run("register", count=20_000, window=16))
        keep(figures, f"refresh, us{who}", load.run("refresh", count=20_000, window=16))

    measure_load(generator, options, figures, runs)


def measure_calls(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """INVITE (challenged) - 180 - 200 - ACK - BYE - 200, and a fork to five."""

    def runs(load: Load, who: str, figures: Figures) -> None:
        load.run("prereg", count=USERS, window=16)
        load.run("call", count=200, rate=50, hold_ms=100, offset=7)
        keep(
            figures,
            f"call, us{who}",
            load.run("call", count=4000, window=16, hold_ms=0, offset=7),
            rate=True,
        )
        paced = load.run("call", count=250, rate=50, hold_ms=200, offset=7)
        add(figures, f"INVITE to 180 at 50 calls/s, p99 ms{who}", paced["inv180_p99_ms"])
        load.run("prereg", count=USERS, window=16, contacts=5, nusers=200)
        keep(
            figures,
            f"fork to 5, us{who}",
            load.run(
                "call", count=1000, window=16, hold_ms=0, offset=7, answer_delay_ms=20, nusers=200
            ),
        )

    measure_load(generator, options, figures, runs)


def measure_memory(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """Bytes per binding, and the start with that many stored bindings."""
    server_core, load_core = cores()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        users = folder / "users.csv"
        write_users(users, options.many)
        server = prepared(folder, options.many, server_core)
        with server:
            load = Load(generator, users, server.address("sip/udp"), str(server.pid), load_core)
            load.run("refresh", count=min(1000, options.many), window=16, nusers=100)
            before = memory_bytes(server.pid)
            done = load.run("prereg", count=options.many, window=16)
            grown = memory_bytes(server.pid) - before
            label = f"{options.many:,} bindings"
            add(figures, f"{label}: bytes each", grown / max(done["ok"], 1))
        for _ in range(options.rounds):
            with server:
                add(figures, f"{label}: start, s", server.start_seconds)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with prepared(folder, 10, server_core) as server:
            add(figures, "empty: start, s", server.start_seconds)


def measure_streams(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """Bytes and CPU time of a connection that registered once and is quiet, by transport."""
    server_core, _ = cores()
    for transport in streams.TRANSPORTS * options.rounds:
        with tempfile.TemporaryDirectory() as name:
            config = write_config(Path(name))
            streams.secure(config)
            # A server of its own: what one kind of connection left free would serve the next.
            with Server(config, server_core) as server:
                where = server.address(f"sip/{transport} "), config.with_name("bench.pem")
                kept = [streams.connect(transport, *where) for _ in range(streams.WARM)]
                memory, cpu = memory_bytes(server.pid), cpu_seconds(server.pid)
                kept += [streams.connect(transport, *where) for _ in range(CONNECTIONS)]
                cpu = (cpu_seconds(server.pid) - cpu) / CONNECTIONS * 1e6
                memory = memory_bytes(server.pid) - memory
                add(figures, f"{transport}: bytes per connection", memory / CONNECTIONS)
                add(figures, f"{transport}: connect and one request, us", cpu)
                for stream in kept:
                    stream.close()


def measure_autop(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """Fetches of a door phone's file by its token URL."""
    server_core, load_core = cores()
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as name:
            config = write_config(Path(name))
            with Server(config, server_core, "--demo") as server:
                path = server.autop_path()
                host, port = server.address("autop").rsplit(":", 1)
                command = ["taskset", "-c", str(load_core), sys.executable, "-m", "bench.fetch"]
                subprocess.run([*command, host, port, path, "200"], check=True, capture_output=True)
                before = cpu_seconds(server.pid)
                done = subprocess.run(
                    [*command, host, port, path, "4000"], check=True, capture_output=True, text=True
                )
                spent = cpu_seconds(server.pid) - before
                good, seconds = done.stdout.split()
                add(figures, "autop fetch, us", spent / int(good) * 1e6)
                add(figures, "autop fetches per second", int(good) / float(seconds))


def measure_planning(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """Plans of calls to one of 10,000 apartments, by call type."""
    for call_type in ("app_and_indoor", "indoor_then_app_then_phone", planning.CHAIN.name):
        figures[f"plan, {call_type}, us"] = planning.measure(call_type)


def measure_return(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """Every phone of a city comes back at once: from addresses of its own, and behind one."""

    def run(measure: Callable[[Server, Path], Told]) -> Told:
        with tempfile.TemporaryDirectory() as name:
            server, users = crowd(Path(name), options.many)
            with server:
                return measure(server, users)

    for _ in range(options.rounds):
        for spread, where in ((True, "own addresses"), (False, "one address")):
            most = run(partial(storms.at_most, generator, spread=spread))
            told = run(partial(storms.come_back, generator, spread=spread))
            told["share of the most, %"] = told["registrations a second"] / most * 100
            add(figures, f"{where}: first registrations a second at most", most)
            add_all(figures, f"return, {where}: ", told)


def measure_overload(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """A flood of strangers at two to three times what can be handled."""
    for method, rate in (("REGISTER", 60_000), ("INVITE", 30_000)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            server, users = crowd(folder, options.many)
            with server:
                told = storms.flood(generator, server, folder, users, method, rate)
            add_all(figures, f"{method} at {rate}/s, ", told)


def measure_reconnect(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """TLS phones that come back at the same moment."""
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            server, _ = crowd(folder, TLS_PHONES)
            config = folder / "doorline.toml"
            streams.secure(config)
            with server:
                told = storms.reconnect(
                    server, server.address("sip/tls "), folder / "bench.pem", TLS_PHONES
                )
            add_all(figures, f"{TLS_PHONES} TLS phones: ", told)


def measure_stall(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """How long work waits at half load, with and without calls."""
    for calls in (0, 100):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            server, _ = crowd(folder, options.many, trusts_load=True)
            with server:
                told = scale.stall(generator, server, folder, options.many, 8_000, calls)
            add_all(figures, f"half load, {calls} calls/s: ", told)


def measure_growth(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """CPU of a refresh from a thousand bindings to a million."""
    for phones in (1_000, 10_000, 100_000, 1_000_000):
        with tempfile.TemporaryDirectory() as name:
            told = scale.growth(phones, Path(name), is_stored=phones <= MANY)
            add_all(figures, f"{phones:,} bindings: ", told)


def measure_start(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """The start with nothing, with accounts, and with accounts and bindings."""
    for accounts in (10, options.many):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            server, users = crowd(folder, accounts, trusts_load=True)
            for _ in range(options.rounds):
                with server:
                    add(figures, f"start, {accounts:,} accounts, s", server.start_seconds)
            if accounts == options.many:
                with server:
                    storms.at_most(generator, server, users, spread=False)
                for _ in range(options.rounds):
                    with server:
                        add(figures, "start, as many bindings too, s", server.start_seconds)


def measure_soak(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """Mixed load for a long time: memory, and whether the tables are empty afterwards."""
    server_core, _ = cores()
    with tempfile.TemporaryDirectory() as name:
        server = prepared(Path(name), USERS, server_core)
        with server:
            samples, left = soak(generator, server, options.seconds)
    for place, label in ((len(samples) // 5, "after warm-up"), (len(samples) - 1, "at the end")):
        add(figures, f"soak: MB {label}", samples[place] / 1e6)
    add_all(figures, "soak: left in ", left)


def measure_visits(generator: Path, options: argparse.Namespace, figures: Figures) -> None:
    """Visits of three stages and seven legs: what one costs, and a thousand that ring at once."""
    for phones, count, rate in (("busy", 1000, 600), ("silent", 1000, 200)):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            port, accounts = free_port(), folder / "accounts.csv"
            config = write_config(folder)
            with config.open("a") as file:
                file.write(f'[sip.trunk.bench]\nhost = "127.0.0.1"\nport = {port}\n')
            estate = ("--apartments", "1000", "--csv", str(accounts))
            doorline("generate", *estate, "--config", str(config))
            visits.prepare(database := folder / "data" / "doorline.db")
            with Server(config, cores()[0]) as server:
                words = (server.address("sip/udp"), database, accounts, port, count, rate, phones)
                with visits.played(cores()[1], words) as street:
                    before = cpu_seconds(server.pid)
                    told = street()
                spent = cpu_seconds(server.pid) - before
        add(figures, f"{phones} phones: visits that ended well, of {count}", told["ended"])
        if phones == "busy":
            add(figures, "visit of 3 stages and 7 legs, us", spent / count * 1e6)
        else:
            late = told["late_ms"]
            add(figures, "change of stage, late by p50, ms", late[len(late) // 2])
            add(figures, "change of stage, late by p99, ms", late[int(len(late) * 0.99)])
            add(figures, "change of stage, late by at most, ms", late[-1])


def crowd(folder: Path, accounts: int, *, trusts_load: bool = False) -> tuple[Server, Path]:
    """A server with many accounts, and the generator's file of them."""
    users = folder / "users.csv"
    write_users(users, accounts)
    return prepared(folder, accounts, cores()[0], trusts_load=trusts_load), users


def add_all(figures: Figures, prefix: str, told: dict[str, float]) -> None:
    """Keep several figures."""
    for name, value in told.items():
        add(figures, prefix + name, value)


def keep(figures: Figures, name: str, run: dict[str, Any], *, rate: bool = False) -> None:
    """Keep the CPU time per operation of one run, and its rate per second of server CPU."""
    if run["failed"]:
        print(f"{name}: {run['failed']} of {run['count']} failed", file=sys.stderr)
    add(figures, name, run["us_med"] or run["srv_us_per_op"])
    if rate:
        add(figures, name.replace(", us", ", per second and core"), 1e6 / run["srv_us_per_op"])


def add(figures: Figures, name: str, value: float) -> None:
    """Keep one value of a figure."""
    figures.setdefault(name, []).append(value)
    print(f"  {name}: {value:,.2f}", file=sys.stderr, flush=True)


def report(figures: Figures) -> None:
    """Median, minimum and maximum of each figure; ours against the peer's where there is one."""
    width = max(map(len, figures))
    print(f"\n{'figure':{width}}  {'median':>12} {'min':>12} {'max':>12}  {'vs peer':>8}")
    for name, values in figures.items():
        middle = statistics.median(values)
        peer = figures.get(f"{name} (Kamailio tlsf)")
        ratio = f"{middle / statistics.median(peer):8.2f}" if peer else ""
        print(f"{name:{width}}  {middle:12,.2f} {min(values):12,.2f} {max(values):12,.2f}  {ratio}")


PARTS: dict[str, Callable[[Path, argparse.Namespace, Figures], None]] = {
    "registrar": measure_registrar,
    "calls": measure_calls,
    "memory": measure_memory,
    "streams": measure_streams,
    "autop": measure_autop,
    "planning": measure_planning,
    "return": measure_return,
    "overload": measure_overload,
    "reconnect": measure_reconnect,
    "stall": measure_stall,
    "growth": measure_growth,
    "start": measure_start,
    "soak": measure_soak,
    "visits": measure_visits,
}
USUAL = ("registrar", "calls", "memory", "streams", "autop")
"""What is measured when nothing is asked for."""

if __name__ == "__main__":
    sys.exit(main())
