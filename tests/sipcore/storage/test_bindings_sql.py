"""Bindings that outlive a restart."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import BindingChanged, BindingRemoved, Changes
from sipcore.registrar.location import Location
from sipcore.storage.bindings_sql import WriteBehindBindings
from tests.support.registration import NOW, binding
from tests.support.storage import create_tables, rows

FULL = binding(
    "sip:1001@192.0.2.10:5062;ob;pn-prid=abc",
    call_id=b"\xfe-any-octets",
    cseq=2**32 - 1,
    expires_at=NOW + 1234.5,
    q=0.5,
    path=("<sip:edge1;lr>", '"E, 2" <sip:edge2;lr>'),
    flow=Flow("UDP", 2, "2001:db8::1", 5070),
    user_agent="Türsprechstelle 1.0",
    instance="urn:uuid:1",
    reg_id=3,
    params=';q=0.5;reg-id=3;+sip.instance="<urn:uuid:1>"',
    updated_at=NOW + 0.25,
    raw=b"<sip:1001@192.0.2.10:5062;ob;pn-prid=abc>;expires=1300",
    asked=1300,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return create_tables(tmp_path)


def test_a_binding_comes_back_as_it_was(path: Path) -> None:
    store = WriteBehindBindings(path, interval=0.0)
    plain = binding("sip:other@h", updated_at=NOW)
    for one in (FULL, plain):
        store.record(BindingChanged(one))
    store.flush_and_close()

    restored = sorted(WriteBehindBindings(path).restore(NOW), key=lambda b: b.contact)
    assert restored == [FULL, plain]


def test_the_last_change_counts(path: Path) -> None:
    store = WriteBehindBindings(path, interval=0.0)
    refreshed = binding(cseq=2, expires_at=NOW + 900)
    gone = binding("sip:gone@h")
    store.record(BindingChanged(gone))
    for cseq in (1, 2):
        store.record(BindingChanged(binding(cseq=cseq, expires_at=NOW + 450 * cseq)))
    store.record(BindingRemoved(gone, "expired"))
    store.flush_and_close()

    assert list(store.restore(NOW)) == [refreshed]


def test_two_flows_with_the_same_contact_are_two_rows(path: Path) -> None:
    flows = [binding("sip:a@h", instance="urn:x", reg_id=number) for number in (1, 2)]
    store = WriteBehindBindings(path, interval=0.0)
    for flow in flows:
        store.record(BindingChanged(flow))
    store.record(BindingRemoved(flows[0], "unregistered"))
    store.flush_and_close()

    assert list(store.restore(NOW)) == [flows[1]]


def test_expired_bindings_do_not_come_back_and_leave_the_table(path: Path) -> None:
    store = WriteBehindBindings(path, interval=0.0)
    store.record(BindingChanged(binding()))
    store.flush_and_close()

    assert (len(list(store.restore(NOW + 299))), list(store.restore(NOW + 300))) == (1, [])
    assert rows(path, "SELECT * FROM bindings") == []


def test_another_program_reads_what_is_registered_over_streams_too_and_removes_nothing(
    path: Path,
) -> None:
    store = WriteBehindBindings(path, interval=0.0)
    over_tcp = binding("sip:tcp@h", flow=Flow("TCP", 0, "192.0.2.1", 5060))
    expired = binding("sip:expired@h", expires_at=NOW)
    for one in (FULL, over_tcp, expired):
        store.record(BindingChanged(one))
    store.flush_and_close()

    read = {one.contact for one in WriteBehindBindings(path).stored(NOW)}

    assert read == {FULL.contact, over_tcp.contact}
    assert len(rows(path, "SELECT * FROM bindings")) == 3


def test_a_binding_does_not_outlive_its_stream_connection_but_with_a_path(path: Path) -> None:
    store = WriteBehindBindings(path, interval=0.0)
    tcp = Flow("TCP", 1, "192.0.2.1", 50000, 77)
    behind_edge = binding("sip:far@h", flow=tcp, path=("<sip:edge;lr>",))
    for one in (binding(flow=tcp), behind_edge):
        store.record(BindingChanged(one))
    store.flush_and_close()

    restored = list(store.restore(NOW))

    assert [(b.contact, b.flow) for b in restored] == [("sip:far@h", tcp._replace(connection=0))]
    assert len(rows(path, "SELECT * FROM bindings")) == 1


def test_a_location_is_followed_and_restored(path: Path) -> None:
    store = WriteBehindBindings(f"sqlite+aiosqlite:///{path}", interval=0.0)
    location = Location()
    location.listen(store.record)
    kept, removed = binding("sip:kept@h"), binding("sip:x@h", user="1002")
    for one in (kept, removed):
        location.apply(one.user, Changes((one,), (BindingChanged(one),)))
    location.remove_user("1002")
    store.flush_and_close()

    restored = Location()
    count = restored.restore(store.restore(NOW))

    assert (count, list(restored)) == (1, [kept])


KILLED = """
import os, sys, signal
from pathlib import Path
from sipcore.registrar.binding import BindingChanged
from sipcore.storage.bindings_sql import WriteBehindBindings
from tests.support.registration import binding

store = WriteBehindBindings(Path(sys.argv[1]), interval=0.01)
for number in range(200):
    store.record(BindingChanged(binding(f"sip:{number}@h")))
while store.counters["written"] < 200:
    pass
store.record(BindingChanged(binding("sip:lost@h")))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_program_loses_no_more_than_the_last_interval(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)],
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )

    assert done.returncode == -signal.SIGKILL
    stored = {row[0] for row in rows(path, "SELECT contact FROM bindings")}
    assert stored - {"sip:lost@h"} == {f"sip:{number}@h" for number in range(200)}
