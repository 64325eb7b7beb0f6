"""Bans as operators see them."""

import pytest

from admin_api.rows import BanQuery, BanRow
from admin_api.services import NotAnAddress, TooManyBans, TrustedAddress
from doorline.adapters.bans import SentinelBans
from sipcore.defence.policy import DefencePolicy
from sipcore.defence.sentinel import Sentinel
from tests.support.clock import ManualClock


def book(clock: ManualClock, most: int = 10) -> SentinelBans:
    return SentinelBans(Sentinel(DefencePolicy(trusted=("10.0.0.0/8",), max_bans=most), clock))


def test_bans_come_newest_first_and_go_on_after_the_last_one_seen() -> None:
    clock = ManualClock()
    bans = book(clock)
    for last in (1, 2, 3):
        bans.ban(f"192.0.2.{last}", 60, "test")
        clock.advance(1)
    first = bans.list_bans(BanQuery(limit=2))
    rest = bans.list_bans(BanQuery(limit=2, after=(first[-1].since, first[-1].address)))

    assert [row.address for row in (*first, *rest)] == ["192.0.2.3", "192.0.2.2", "192.0.2.1"]


def test_a_ban_is_set_and_lifted() -> None:
    bans = book(ManualClock())
    row = BanRow("192.0.2.1", 1_800_000_000.0, 1_800_000_060.0, "test", 0, True)

    assert bans.ban("192.0.2.1", 60, "test") == row
    assert (bans.lift("192.0.2.1"), bans.lift("192.0.2.1"), bans.lift("?")) == (row, None, None)


def test_what_cannot_be_banned_says_why() -> None:
    bans = book(ManualClock(), most=1)
    with pytest.raises(NotAnAddress):
        bans.ban("nobody", 60, "test")
    with pytest.raises(TrustedAddress):
        bans.ban("10.1.1.1", 60, "test")
    bans.ban("192.0.2.1", 60, "test")
    with pytest.raises(TooManyBans):
        bans.ban("192.0.2.2", 60, "test")
