"""The table of subscriptions and its bounds."""

import pytest

from sipcore.dialog.dialog import Dialog
from sipcore.events.event_header import EventHeader
from sipcore.events.package import Sight, View
from sipcore.events.roster import Roster
from sipcore.events.subscription import NotifyPorts, Subscription
from sipcore.events.wish import SubscriptionPolicy
from sipcore.kernel.errors import LimitReached
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, parse
from tests.support.entropy import SequenceEntropy
from tests.support.watchers import subscribe


class Log:
    """A package that keeps who is watched."""

    content_type = b"text/plain"
    default_expires = 100
    interval = 1.0

    def __init__(self, name: str = "log") -> None:
        self.name = name
        self.watched: list[str] = []

    def watch(self, target: str) -> None:
        """Keep it."""
        self.watched.append(target)

    def unwatch(self, target: str) -> None:
        """Keep that it is over."""
        self.watched.remove(target)


def made(
    number: int, package: Log, *, by: str = "guard", target: str = "monitor", connection: int = 0
) -> Subscription:
    """A subscription that nobody has started."""
    transport = "TCP" if connection else "UDP"
    flow = Flow(transport, 0, "192.0.2.31", 5060, connection)
    request = parse(subscribe(flow, call_id=f"c{number}"))
    assert isinstance(request, Request)
    dialog = Dialog.from_request(request, b"t%d" % number, flow)
    view = View(target, Sight.FULL, EventHeader.parse(b"log"))
    ports = NotifyPorts(None, SequenceEntropy(), 0.0)  # type: ignore[arg-type]
    return Subscription(dialog, package, view, by, ports)  # type: ignore[arg-type]


def test_a_subscription_is_found_by_dialog_target_and_stream() -> None:
    roster, package = Roster(SubscriptionPolicy()), Log()
    one = made(1, package, connection=4)

    roster.put(one)

    assert roster.find(b"c1", b"t1") is one
    assert roster.watchers("monitor", "log") == (one,)
    assert roster.watchers("monitor", "other") == ()
    assert roster.on_stream(4) == (one,)
    assert list(roster) == [one]


def test_what_is_removed_leaves_nothing() -> None:
    roster, package = Roster(SubscriptionPolicy()), Log()
    one = made(1, package, connection=4)
    roster.put(one)

    roster.remove(one)
    roster.remove(one)

    assert (len(roster), roster.find(b"c1", b"t1"), roster.on_stream(4)) == (0, None, ())
    assert (roster._targets, roster._subscribers, roster._streams) == ({}, {}, {})


def test_a_package_is_told_of_the_first_and_the_last_watcher() -> None:
    roster, package = Roster(SubscriptionPolicy()), Log()
    one, two = made(1, package), made(2, package)
    roster.put(one)
    roster.put(two)
    roster.remove(one)
    meanwhile = list(package.watched)
    roster.remove(two)

    assert (meanwhile, package.watched) == (["monitor"], [])


def test_a_subscription_follows_its_stream() -> None:
    roster, one = Roster(SubscriptionPolicy()), made(1, Log(), connection=4)
    roster.put(one)
    one.dialog.flow = one.dialog.flow._replace(connection=5)

    roster.move(one, 4)

    assert (roster.on_stream(4), roster.on_stream(5)) == ((), (one,))


def test_a_subscription_that_is_gone_moves_nowhere() -> None:
    roster, one = Roster(SubscriptionPolicy()), made(1, Log(), connection=4)

    roster.move(one, 3)

    assert roster.on_stream(4) == ()


def test_one_more_than_an_account_may_have_ends_its_oldest() -> None:
    roster, package = Roster(SubscriptionPolicy(per_subscriber=2)), Log()
    first, second = made(1, package, target="a"), made(2, package, target="b")
    roster.put(first)
    before = roster.surplus("guard", "c")
    roster.put(second)

    assert (before, roster.surplus("guard", "c"), roster.surplus("other", "c")) == (
        None,
        first,
        None,
    )


def test_one_more_than_may_watch_an_account_is_refused() -> None:
    roster = Roster(SubscriptionPolicy(per_target=1))
    roster.put(made(1, Log()))

    with pytest.raises(LimitReached):
        roster.surplus("other", "monitor")
    assert roster.surplus("other", "app") is None


def test_one_more_than_there_may_be_is_refused() -> None:
    roster = Roster(SubscriptionPolicy(in_all=1))
    roster.put(made(1, Log()))

    with pytest.raises(LimitReached):
        roster.surplus("other", "app")
