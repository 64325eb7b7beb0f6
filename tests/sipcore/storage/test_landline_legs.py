"""Landline legs of the last days."""

from pathlib import Path

from sipcore.b2bua.call import LONGEST_CALL
from sipcore.b2bua.facts import CallStarted, LegStarted
from sipcore.b2bua.plan import Party
from sipcore.storage.call_records import SqlCallJournal
from sipcore.storage.landline_legs import landline_legs_since
from tests.support.calls_on_record import APP, PLAN
from tests.support.storage import create_tables

PHONE = Party("landline", "+49301234", site_id=1, is_account=False)


def test_every_landline_that_was_rung_since_counts_with_its_site(tmp_path: Path) -> None:
    path = create_tables(tmp_path)
    journal = SqlCallJournal(path, interval=0.0)
    long_ago, now = 10_000.0, 10_000.0 + 2 * LONGEST_CALL
    for call, at in (("old", long_ago), ("new", now)):
        journal.record(CallStarted(call, at, call, PLAN))
        journal.record(LegStarted(call, at + 1, 0, 1, APP, "sip:a@h"))
        journal.record(LegStarted(call, at + 30, 1, 2, PHONE, "sip:p@h"))
        journal.record(LegStarted(call, at + 34, 1, 3, PHONE, "sip:q@h"))
    journal.flush_and_close()

    assert list(landline_legs_since(journal.path, now)) == [(1, now + 30), (1, now + 34)]
    assert len(list(landline_legs_since(journal.path, 0.0))) == 4
