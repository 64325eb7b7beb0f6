from sipcore.transaction.actions import (
    FLOW_LOST,
    NO_ACK,
    NO_RESPONSE,
    TERMINATED,
    Deliver,
    FlowLost,
    Send,
    Terminated,
    TimedOut,
)
from tests.support.transactions import request


def test_actions_with_the_same_content_are_equal() -> None:
    invite = request()

    assert [Send(b"x"), Deliver(invite), NO_ACK, NO_RESPONSE, FLOW_LOST, TERMINATED] == [
        Send(b"x"),
        Deliver(invite),
        TimedOut("no_ack"),
        TimedOut("no_response"),
        FlowLost(),
        Terminated(),
    ]


def test_actions_of_two_kinds_never_compare_equal() -> None:
    actions = [Send(b""), TimedOut(""), FlowLost(), Terminated()]

    for index, action in enumerate(actions):
        assert [other == action for other in actions] == [
            position == index for position in range(len(actions))
        ]


def test_every_action_is_true_so_that_a_list_of_them_can_be_filtered() -> None:
    assert [bool(action) for action in (Send(b""), FLOW_LOST, TERMINATED, NO_ACK)] == [True] * 4
