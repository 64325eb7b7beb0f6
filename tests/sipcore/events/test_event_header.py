"""Event values."""

import pytest

from sipcore.events.event_header import EventHeader
from sipcore.kernel.errors import BadMessage


def test_a_value_is_a_package_with_parameters() -> None:
    event = EventHeader.parse(b'dialog ; id=4;call-id="a\\"b@[::1]"')

    assert (event.package, event.param("id"), event.param("call-id")) == (
        "dialog",
        "4",
        'a"b@[::1]',
    )
    assert event.raw == b'dialog ; id=4;call-id="a\\"b@[::1]"'


def test_a_template_belongs_to_the_package() -> None:
    assert EventHeader.parse(b"presence.winfo.winfo").package == "presence.winfo.winfo"


@pytest.mark.parametrize(
    "value",
    [b"", b";id=1", b"dialog;", b"dialog.", b".dialog", b"dia log", b"d;id=1;id=2", b"\xff"],
)
def test_what_is_no_event_is_refused(value: bytes) -> None:
    with pytest.raises(BadMessage):
        EventHeader.parse(value)


def test_two_values_match_by_type_and_id() -> None:
    one = EventHeader.parse(b"dialog;id=1")

    assert one.matches(EventHeader.parse(b"dialog;x=y;id=1"))
    assert not one.matches(EventHeader.parse(b"dialog"))
    assert not one.matches(EventHeader.parse(b"Dialog;id=1"))
