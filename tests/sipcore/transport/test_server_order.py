"""Priorities, then chance by weight (RFC 2782)."""

from collections import Counter
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from sipcore.transport.locating import Candidate
from sipcore.transport.server_order import Draw, Server, draw_from, in_order
from tests.support.entropy import SequenceEntropy


def candidate(
    address: str, *, priority: int = 0, weight: int = 0, rank: int = 0, transport: str = "UDP"
) -> Candidate:
    return Candidate(transport, "s.example", 5060, (address,), rank, priority, weight)


def scripted(*numbers: int) -> Draw:
    """Draws these numbers, one after the other."""
    left: Iterator[int] = iter(numbers)

    def draw(most: int) -> int:
        number = next(left)
        assert 0 <= number <= most
        return number

    return draw


def hosts(servers: tuple[Server, ...]) -> str:
    return " ".join(server.host for server in servers)


def test_the_lower_priority_comes_first_and_the_lower_rank_before_that() -> None:
    found = in_order(
        [
            candidate("c", priority=1, rank=1),
            candidate("b", priority=20),
            candidate("a", priority=10),
        ],
        scripted(),
    )

    assert hosts(found) == "a b c"


def test_the_running_sum_of_weights_chooses() -> None:
    # Weights 0, 1, 3: sums 0, 1, 4. Drawing 2 takes the third, then 1 of 0..1 the second.
    three = [candidate("a", weight=1), candidate("b", weight=3), candidate("c")]

    assert hosts(in_order(three, scripted(2, 1))) == "b a c"
    assert hosts(in_order(three, scripted(0, 0))) == "c a b"


def test_weights_are_shares() -> None:
    two = [candidate("heavy", weight=3), candidate("light", weight=1)]
    draw = draw_from(SequenceEntropy())
    firsts = Counter(in_order(two, draw)[0].host for _ in range(2000))

    # 0..4 are five numbers: 0, 1, 2, 3 choose the heavy one, 4 the light one.
    assert 0.75 < firsts["heavy"] / 2000 < 0.85


def test_every_address_of_a_host_is_tried_and_none_twice() -> None:
    found = in_order(
        [
            Candidate("TCP", "s.example", 5060, ("192.0.2.1", "192.0.2.2")),
            Candidate("TCP", "t.example", 5060, ("192.0.2.1",), priority=1),
        ],
        scripted(),
    )

    assert found == (Server("TCP", "192.0.2.1", 5060), Server("TCP", "192.0.2.2", 5060))


@given(
    st.lists(
        st.builds(
            candidate, st.sampled_from("abcdefgh"), priority=st.integers(0, 2),
            weight=st.integers(0, 65535),
        )
    ),
)  # fmt: skip
def test_nobody_is_lost_and_priorities_hold(candidates: list[Candidate]) -> None:
    draw = draw_from(SequenceEntropy())
    found = in_order(candidates, draw)
    best = {
        one.addresses[0]: min(o.priority for o in candidates if o.addresses == one.addresses)
        for one in candidates
    }

    assert {server.host for server in found} == best.keys()
    order = [best[server.host] for server in found]
    assert order == sorted(order)
