import pytest

from provisioning.tally import Tally, network_of

SOURCE = "192.0.2.7"


def test_a_source_is_counted_in_its_own_window() -> None:
    tally = Tally(window=60.0)

    assert [tally.add(SOURCE, at) for at in (100.0, 130.0, 159.9, 160.0)] == [0, 1, 2, 0]
    assert (tally.count(SOURCE, 219.9), tally.count(SOURCE, 220.0)) == (1, 0)
    assert tally.count("192.0.2.8", 160.0) == 0


def test_who_is_not_admitted_is_not_counted() -> None:
    tally = Tally(window=60.0)

    admitted = [tally.admit(SOURCE, 2, 100.0) for _ in range(4)]

    assert (admitted, tally.count(SOURCE, 100.0)) == ([True, True, False, False], 2)
    assert tally.admit(SOURCE, 2, 160.0)


def test_the_source_that_is_quiet_for_longest_is_forgotten() -> None:
    tally = Tally(sources=2)
    for source in ("a", "b", "a", "c"):
        tally.add(source, 100.0)

    assert (len(tally), [tally.count(source, 100.0) for source in "abc"]) == (2, [2, 0, 1])


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", ""),
        ("not:an:address", "not:an:address"),
    ],
)
def test_an_ipv6_source_counts_by_its_network(source: str, network: str) -> None:
    assert network_of(source) == network
