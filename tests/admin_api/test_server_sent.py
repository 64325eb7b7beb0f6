"""Events on the wire."""

from admin_api.rows import LiveEvent
from admin_api.server_sent import frame


def test_an_event_is_its_id_its_name_and_one_line_of_data() -> None:
    event = LiveEvent("run-7", 1, "visit.rang", '{"leg": 1}')

    assert frame(event) == b'id: run-7\nevent: visit.rang\ndata: {"leg": 1}\n\n'


def test_an_event_without_id_leaves_the_last_one_as_it_is() -> None:
    assert frame(LiveEvent("", None, "dropped", "{}")) == b"event: dropped\ndata: {}\n\n"
