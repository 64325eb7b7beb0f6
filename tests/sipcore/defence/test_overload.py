"""Levels of overload: entered at once, left slowly, and never because of one long breath."""

from sipcore.defence.overload import Overload, Wish


class Feed:
    """An overload control that is fed ten times a second."""

    def __init__(self) -> None:
        self.control = Overload()
        self.now = 0.0

    def __call__(
        self, lateness: float, *, fill: float = 0.0, waiting: float = 0.0, seconds: float = 3.0
    ) -> int:
        for _ in range(round(seconds * 10)):
            self.now += 0.1
            self.control.feed(lateness, fill, self.now, waiting)
        return self.control.level


def shed(control: Overload) -> list[str]:
    return [wish.name for wish in Wish if control.sheds(wish)]


def test_an_idle_server_sheds_nothing() -> None:
    feed = Feed()

    assert feed(0.001) == 0
    assert shed(feed.control) == []


def test_the_later_the_engine_the_more_is_shed_and_refreshes_last() -> None:
    order = []
    for lateness in (0.2, 0.4, 1.0, 4.0, 12.0):
        feed = Feed()
        feed(lateness, seconds=10)
        order.append(shed(feed.control))

    assert order == [
        [],
        ["STRANGER"],
        ["STRANGER", "CALL"],
        ["STRANGER", "CALL", "ARRIVAL"],
        ["STRANGER", "CALL", "ARRIVAL", "REFRESH"],
    ]


def test_one_long_breath_is_no_overload() -> None:
    feed = Feed()
    feed(0.0)

    assert feed(1.9, seconds=0.1) == 0


def test_a_level_is_left_one_by_one_after_a_calm_time() -> None:
    feed = Feed()
    feed(4.0, seconds=10)
    levels = [feed(0.0, seconds=1.0) for _ in range(10)]

    assert levels[0] == 3
    assert sorted(levels, reverse=True) == levels
    assert {3, 2, 1, 0} == set(levels)


def test_a_level_is_held_while_the_figures_hover_below_its_mark() -> None:
    feed = Feed()
    feed(1.0, seconds=10)

    assert {feed(0.5, seconds=1.0) for _ in range(20)} == {2}


def test_full_tables_shed_strangers_and_calls_but_no_registrations() -> None:
    levels = []
    for fill in (0.5, 0.7, 0.9, 1.0):
        feed = Feed()
        levels.append(feed(0.0, fill=fill))

    assert levels == [0, 1, 2, 2]


def test_a_table_that_empties_ends_the_overload() -> None:
    feed = Feed()
    feed(0.0, fill=1.0)

    assert feed(0.0, fill=0.84) == 2
    assert feed(0.0, fill=0.1, seconds=6.0) == 0


def test_a_clock_that_seems_early_is_not_late() -> None:
    assert Feed()(-5.0) == 0


def test_a_full_backlog_sheds_strangers_and_nobody_else() -> None:
    feed = Feed()
    feed(0.0, waiting=1.0, seconds=30)

    assert shed(feed.control) == ["STRANGER"]
    assert feed(0.0, waiting=0.0, seconds=5) == 0


def test_a_backlog_that_fills_for_a_moment_is_no_overload() -> None:
    feed = Feed()

    assert feed(0.0, waiting=0.3, seconds=0.3) == 0
