"""Bindings that outlive a restart."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding, BindingChanged, BindingRemoved, Changes
from sipcore.registrar.location import Location
from sipcore.registrar.record import HEAD
from sipcore.storage.bindings_sql import WriteBehindBindings
from tests.support.registration import NOW, binding
from tests.support.storage import XorSeal, create_tables, rows

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


# -- push tokens ------------------------------------------------------------------------------

TOKEN = "APA91b-very-secret"
PUSHED = binding(f"sip:1001@192.0.2.10;pn-provider=fcm;pn-param=p;pn-prid={TOKEN}")


def sealing(path: Path, seal: XorSeal | None = None) -> WriteBehindBindings:
    return WriteBehindBindings(path, interval=0.0, seal=seal or XorSeal())


def kept(path: Path) -> str:
    """Everything that the table holds."""
    return repr(rows(path, "SELECT * FROM bindings"))


@pytest.mark.parametrize(
    "made",
    [
        PUSHED,
        FULL,
        binding(
            "sip:1001@h", raw=f"sip:1001@h;PN-PRID={TOKEN}".encode(), params=f";PN-PRID={TOKEN}"
        ),
        binding(f"sip:pn-prid={TOKEN}@h"),
    ],
)
def test_a_push_token_is_stored_sealed_and_comes_back(path: Path, made: Binding) -> None:
    store = sealing(path)
    store.record(BindingChanged(made))
    store.flush_and_close()

    assert list(sealing(path).restore(NOW)) == [made]
    assert list(sealing(path).stored(NOW)) == [made]
    assert TOKEN not in kept(path)
    assert "pn-prid" not in kept(path).lower()


def test_a_binding_without_a_token_is_not_sealed(path: Path) -> None:
    seal = XorSeal()
    store = sealing(path, seal)
    store.record(BindingChanged(binding()))
    store.flush_and_close()

    assert rows(path, "SELECT contact, sealed FROM bindings") == [(binding().contact, None)]
    assert (list(sealing(path, seal).restore(NOW)), seal.opened) == ([binding()], 0)


def test_a_sealed_binding_is_refreshed_and_goes(path: Path) -> None:
    store = sealing(path)
    location = Location()
    location.listen(store.record, store.refreshed)
    location.apply("1001", Changes((PUSHED,), (BindingChanged(PUSHED),)))
    record = location.only("1001")
    assert record is not None
    head = HEAD.unpack_from(record)
    store.flush_and_close()

    again = sealing(path)
    again.refreshed("1001", HEAD.pack(0, 2, head[2], NOW + 900, NOW + 1, 0) + record[HEAD.size :])
    again.flush_and_close()
    ((restored,),) = ([(b.contact, b.cseq, b.expires_at)] for b in sealing(path).restore(NOW))
    assert restored == (PUSHED.contact, 2, NOW + 900)

    last = sealing(path)
    last.record(BindingRemoved(PUSHED, "unregistered"))
    last.flush_and_close()
    assert rows(path, "SELECT * FROM bindings") == []


def test_two_phones_that_differ_by_their_token_are_two_rows(path: Path) -> None:
    other = binding(PUSHED.contact + "-of-another")
    store = sealing(path)
    for made in (PUSHED, other):
        store.record(BindingChanged(made))
    store.flush_and_close()

    assert sorted(b.contact for b in sealing(path).restore(NOW)) == [PUSHED.contact, other.contact]


def test_what_an_earlier_build_stored_unsealed_is_read_and_sealed(path: Path) -> None:
    former = WriteBehindBindings(path, interval=0.0)
    former.record(BindingChanged(PUSHED))
    former.flush_and_close()
    assert TOKEN in kept(path)

    store = sealing(path)
    assert list(store.restore(NOW)) == [PUSHED]
    store.flush_and_close()

    assert TOKEN not in kept(path)
    assert list(sealing(path).restore(NOW)) == [PUSHED]


def test_another_program_seals_nothing(path: Path) -> None:
    former = WriteBehindBindings(path, interval=0.0)
    former.record(BindingChanged(PUSHED))
    former.flush_and_close()

    reader = sealing(path)
    assert (list(reader.stored(NOW)), len(reader)) == ([PUSHED], 0)


def test_what_does_not_open_is_left_out(path: Path) -> None:
    store = sealing(path)
    for made in (PUSHED, binding("sip:plain@h")):
        store.record(BindingChanged(made))
    store.flush_and_close()

    for reader in (sealing(path, XorSeal(key=9)), WriteBehindBindings(path)):
        assert [b.contact for b in reader.restore(NOW)] == ["sip:plain@h"]


def test_a_binding_moved_to_another_account_does_not_open(path: Path) -> None:
    store = sealing(path)
    store.record(BindingChanged(PUSHED))
    store.flush_and_close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE bindings SET user = '1002'")

    assert list(sealing(path).restore(NOW)) == []
