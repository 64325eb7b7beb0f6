import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.digits import MAX_BODY, carries_digits, media_type, parse_digits

RELAY = "application/dtmf-relay"
PLAIN = "application/dtmf"


@pytest.mark.parametrize(
    ("body", "digits"),
    [
        (b"Signal=5\r\nDuration=160\r\n", "5"),
        (b"Signal= 5\r\nDuration= 160\r\n", "5"),
        (b"Signal = 5 \nDuration = 160", "5"),
        (b"signal=*\nduration=250\n", "*"),
        (b"SIGNAL=#\r\n\r\n", "#"),
        (b"Signal=0", "0"),
        (b"Signal:7\r\nDuration:100", "7"),
        (b'Signal="9"\r\nDuration=100\r\n', "9"),
        (b"Signal='#'", "#"),
        (b"Signal=10\r\nDuration=160\r\n", "*"),
        (b"Signal=11\r\nDuration=160\r\n", "#"),
        (b"Signal=12", "A"),
        (b"Signal=15", "D"),
        (b"Signal=a", "A"),
        (b"Duration=160\r\nSignal=5\r\n", "5"),
        (b"Signal=5;Duration=160", "5"),
        (b"\r\n\r\nSignal=5\r\n", "5"),
        (b"Signal=5\r\nDuration=160\r\n\0", "5"),
        (b"Signal=16", ""),
        (b"Signal=!", ""),
        (b"Signal=1234", "1234"),
        (b"Signal=17", "17"),
        (b"5", "5"),
        (b"#\r\n", "#"),
        (b" 10 \r\n", "*"),
        (b"11", "#"),
        (b"d", "D"),
        (b"16", ""),
    ],
)
@pytest.mark.parametrize("content_type", [RELAY, PLAIN])
def test_every_known_spelling_of_a_digit_is_understood(
    content_type: str, body: bytes, digits: str
) -> None:
    assert parse_digits(content_type, body) == digits


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"Signal=",
        b"Signal=5 6",
        b"Signal=x",
        b"Duration=160",
        b"Duration=160\r\n5",
        b"5\r\n6",
        b"Signal=5\r\nSignal=6",
        b"\xff\xfe",
        b"Signal=\xd9\xa5",
        b"Signal=" + b"5" * MAX_BODY,
    ],
)
def test_a_body_that_says_nothing_clear_is_not_understood(body: bytes) -> None:
    assert parse_digits(RELAY, body) is None


@pytest.mark.parametrize(
    ("content_type", "carries"),
    [
        ("application/dtmf-relay", True),
        ("Application/DTMF-Relay; charset=utf-8", True),
        (" application/dtmf ", True),
        ("audio/telephone-event", True),
        ("application/telephone-event", True),
        ("application/media_control+xml", False),
        ("application/dtmf-relay2", False),
        ("text/plain", False),
        ("", False),
    ],
)
def test_only_some_content_types_are_about_digits(content_type: str, carries: bool) -> None:
    assert (carries_digits(content_type), parse_digits(content_type, b"5")) == (
        carries,
        "5" if carries else None,
    )


def test_the_media_type_is_without_case_and_parameters() -> None:
    assert media_type("Application/DTMF ;x=y") == "application/dtmf"


@given(st.sampled_from((RELAY, PLAIN, "text/plain")) | st.text(), st.binary(max_size=400))
def test_any_body_gives_digits_or_none(content_type: str, body: bytes) -> None:
    digits = parse_digits(content_type, body)

    assert digits is None or set(digits) <= set("0123456789*#ABCD")
