"""Where accounts can be reached, and how that ends."""

from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import (
    Binding,
    BindingChanged,
    BindingFact,
    BindingRemoved,
    Changes,
)
from sipcore.registrar.location import Location
from tests.support.registration import NOW, binding

FIRST = binding("sip:1001@192.0.2.1")
SECOND = binding("sip:1001@192.0.2.2")


def location_with(*bindings: Binding) -> tuple[Location, list[BindingFact]]:
    location = Location()
    facts: list[BindingFact] = []
    location.restore(bindings)
    location.listen(facts.append)
    return location, facts


def put(location: Location, *bindings: Binding) -> None:
    """Commit these as the only bindings of their account."""
    facts = tuple(BindingChanged(b) for b in bindings)
    location.apply(bindings[0].user, Changes(bindings, facts))


def test_an_unknown_account_has_no_bindings() -> None:
    assert Location().bindings("1001") == ()


def test_changes_are_seen_and_told_in_order() -> None:
    location, facts = location_with(FIRST)
    told = (BindingRemoved(FIRST, "unregistered"), BindingChanged(SECOND))

    location.apply("1001", Changes((SECOND,), told))

    assert (location.bindings("1001"), len(location), tuple(facts)) == ((SECOND,), 1, told)


def test_a_query_changes_nothing() -> None:
    location, facts = location_with(FIRST)

    location.apply("1001", Changes((FIRST,)))

    assert (location.bindings("1001"), facts) == ((FIRST,), [])


def test_users_are_those_with_bindings() -> None:
    location, _ = location_with(FIRST, binding("sip:x@h", user="1002"))
    location.remove_user("1001")

    assert (list(location.users()), [b.user for b in location]) == (["1002"], ["1002"])


def test_restoring_tells_nobody_and_takes_each_binding_once() -> None:
    location, facts = location_with()

    count = location.restore([FIRST, SECOND, FIRST])

    assert (count, location.bindings("1001"), facts) == (2, (FIRST, SECOND), [])


def test_two_flows_of_a_phone_may_have_the_same_contact() -> None:
    one = binding("sip:a@h", instance="urn:x", reg_id=1)
    two = binding("sip:a@h", instance="urn:x", reg_id=2)
    location, _ = location_with(one, two)

    assert location.bindings("1001") == (one, two)


def test_removing_a_user_says_why() -> None:
    location, facts = location_with(FIRST, SECOND)

    removed = location.remove_user("1001", "disabled")

    assert removed == (FIRST, SECOND)
    assert facts == [BindingRemoved(FIRST, "disabled"), BindingRemoved(SECOND, "disabled")]
    assert (len(location), location.remove_user("1001")) == (0, ())


def test_a_binding_expires_at_its_second_and_not_before() -> None:
    short = binding("sip:1001@192.0.2.1", expires_at=NOW + 60)
    long = binding("sip:1001@192.0.2.2", expires_at=NOW + 90)
    location, facts = location_with(short, long)

    swept = [location.expire(NOW + age) for age in (0, 59.9, 60, 89, 90, 91)]

    assert swept == [(), (), (short,), (), (long,), ()]
    assert facts == [BindingRemoved(short, "expired"), BindingRemoved(long, "expired")]
    assert len(location) == 0


def test_a_refreshed_binding_lives_on() -> None:
    location, _ = location_with(FIRST)
    refreshed = binding(FIRST.contact, expires_at=NOW + 600)
    put(location, refreshed)

    swept = [location.expire(NOW + age) for age in (300, 301, 599, 600)]

    assert swept == [(), (), (), (refreshed,)]


def test_a_shortened_binding_expires_at_its_new_time() -> None:
    location, _ = location_with(FIRST)
    shortened = binding(FIRST.contact, expires_at=NOW + 60)
    put(location, shortened)

    assert [location.expire(NOW + age) for age in (59, 60, 300)] == [(), (shortened,), ()]


def test_a_sweep_after_a_long_pause_finds_everything() -> None:
    location, _ = location_with(FIRST)
    location.expire(NOW)

    assert location.expire(NOW + 10_000_000) == (FIRST,)


def test_bindings_that_expired_before_they_were_restored_are_found() -> None:
    location = Location()
    location.expire(NOW + 1000)
    location.restore([FIRST])

    assert location.expire(NOW + 1001) == (FIRST,)


def test_a_clock_set_back_expires_nothing_early() -> None:
    location, _ = location_with(FIRST)
    location.expire(NOW + 200)

    swept = [location.expire(NOW + age) for age in (-5000, 100, 299, 300)]

    assert swept == [(), (), (), (FIRST,)]


def test_a_sweep_does_not_take_too_long() -> None:
    many = [binding(f"sip:{user}@h", user=str(user)) for user in range(25)]
    location, _ = location_with(*many)

    counts = [len(location.expire(NOW + 300, limit=10)) for _ in range(4)]

    assert (counts, len(location)) == ([10, 10, 5, 0], 0)


def test_registering_and_unregistering_leaves_nothing_behind() -> None:
    location, _ = location_with()
    for _ in range(100):
        put(location, FIRST)
        location.remove_user("1001")
    location.expire(NOW + 300)

    assert (location._entries, location._wheel) == ({}, {})


def test_a_lost_connection_takes_its_bindings_along() -> None:
    lost = binding("sip:a@h", flow=Flow("TCP", 1, "192.0.2.1", 50000, 7))
    other = binding("sip:b@h", flow=Flow("TCP", 1, "192.0.2.1", 50001, 8))
    location, facts = location_with(lost, other, binding("sip:c@h"))

    removed = location.drop_connection(7)

    assert (removed, facts) == ((lost,), [BindingRemoved(lost, "flow_lost")])
    assert location.drop_connection(7) == ()


def test_a_binding_behind_an_edge_proxy_outlives_the_connection() -> None:
    behind = binding(path=("<sip:edge;lr>",), flow=Flow("TCP", 1, "192.0.2.9", 5060, 7))
    location, _ = location_with(behind)

    assert (location.drop_connection(7), len(location)) == ((), 1)


def test_a_binding_that_moved_to_a_new_connection_outlives_the_old_one() -> None:
    old = binding("sip:a@h", flow=Flow("TCP", 1, "192.0.2.1", 50000, 7))
    location, _ = location_with(old)
    new = binding("sip:a@h", flow=Flow("TCP", 1, "192.0.2.1", 50001, 8))
    put(location, new)

    assert (location.drop_connection(7), location.drop_connection(8)) == ((), (new,))
    assert location._connections == {}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("1", "2")),
            st.integers(0, 200),
            st.sampled_from(("put", "remove", "expire")),
        ),
        max_size=30,
    )
)
def test_whatever_happens_everything_expires_in_time(
    steps: list[tuple[str, int, str]],
) -> None:
    location = Location()
    now = NOW
    for user, seconds, step in steps:
        if step == "put":
            put(location, binding(user=user, expires_at=now + seconds + 0.5))
        elif step == "remove":
            location.remove_user(user)
        else:
            now += seconds
            location.expire(now)
            assert all(b.expires_at > now for b in location)
    location.expire(now + 201)

    assert (len(location), location._entries, location._wheel) == (0, {}, {})


def test_hosts_are_found_by_a_part_of_their_text() -> None:
    location = Location()
    hosts = {"1": "203.0.113.7", "2": "198.51.100.7", "3": "2001:db8::7"}
    location.restore(
        binding(f"sip:{user}@phone.test", user=user, flow=Flow("UDP", 0, host, 5060))
        for user, host in hosts.items()
    )

    assert [list(location.hosts_like(text)) for text in ("203.0.113.7", "2001:db8", "10.")] == [
        ["203.0.113.7"],
        ["2001:db8::7"],
        [],
    ]


def test_who_leaves_is_told_no_more() -> None:
    location, facts = location_with()
    more: list[BindingFact] = []
    refreshes: list[str] = []
    location.listen(more.append, lambda user, _record: refreshes.append(user))
    put(location, FIRST)
    location.leave(more.append)
    location.leave(more.append)
    location.remove_user("1001")

    assert (len(facts), len(more), refreshes) == (2, 1, [])
