"""The machine of a dialog; the sections of RFC 4235 are in tests/conformance."""

from sipcore.events.watched_dialog import TABLE, Input, State


def test_the_table_is_the_figure() -> None:
    ends = {Input.CANCELLED, Input.REJECTED, Input.REPLACED, Input.ERROR, Input.TIMEOUT}
    for state in (State.TRYING, State.PROCEEDING, State.EARLY):
        assert {i for (s, i), to in TABLE.items() if (s, to) == (state, State.TERMINATED)} == ends
    assert not any(state is State.TERMINATED for state, _ in TABLE)
    assert TABLE[State.EARLY, Input.ANSWERED] is State.CONFIRMED
