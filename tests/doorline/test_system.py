"""The machine's clock and randomness."""

import re
import resource
import time

import pytest

from doorline.system import (
    SystemClock,
    allow_many_connections,
    connections_that_fit,
    machine_address,
    system_entropy,
)


def test_the_clock_reads_the_machine() -> None:
    before = (time.monotonic(), time.time())
    clock = SystemClock()
    readings = (clock.monotonic(), clock.utc())
    after = (time.monotonic(), time.time())

    assert before[0] <= readings[0] <= after[0]
    assert before[1] <= readings[1] <= after[1]


def test_identifiers_have_their_form() -> None:
    entropy = system_entropy()

    assert re.fullmatch(rb"z9hG4bK[0-9a-f]{16}", entropy.branch())
    assert re.fullmatch(rb"[0-9a-f]{16}", entropy.tag())
    assert re.fullmatch(rb"[0-9a-f]{32}", entropy.call_id())
    assert re.fullmatch(rb"[0-9a-f]{16}", entropy.unique())
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", entropy.token())


def test_no_identifier_comes_twice_across_many_refills() -> None:
    entropy = system_entropy()
    made = [entropy.unique() for _ in range(5_000)]

    assert len(set(made)) == 5_000


def test_what_is_stored_later_has_a_greater_id() -> None:
    entropy = system_entropy()
    made = [entropy.record_id(1_800_000_000.0 + second / 1000) for second in range(100)]

    assert made == sorted(made)
    assert all(re.fullmatch(r"[0-9a-f]{32}", one) for one in made)
    assert entropy.record_id(0.0) != entropy.record_id(0.0)


def test_the_machine_has_an_address_that_can_be_told() -> None:
    assert re.fullmatch(r"[0-9]+(\.[0-9]+){3}", machine_address())


def test_the_limit_on_open_files_is_as_high_as_it_may_be() -> None:
    limit = allow_many_connections()

    assert limit == resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    assert allow_many_connections() == limit


@pytest.mark.parametrize(
    ("files", "fit"), [(1024, 768), (300, 150), (65536, 20_000), (resource.RLIM_INFINITY, 20_000)]
)
def test_connections_leave_files_for_the_database(
    monkeypatch: pytest.MonkeyPatch, files: int, fit: int
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (files, files))

    assert connections_that_fit(20_000) == fit
