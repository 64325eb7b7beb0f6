"""What a SUBSCRIBE asks for."""

import pytest

from sipcore.events.dialog_info import DialogPackage
from sipcore.events.wish import (
    Refused,
    RequestedSubscription,
    SubscriptionPolicy,
    accepts,
    read_wish,
)
from sipcore.message.message import Request, parse
from tests.support.watchers import subscribe

PACKAGES = {"dialog": DialogPackage("doorline.test", lambda user: ())}
POLICY = SubscriptionPolicy(min_expires=60, max_expires=7200)


def request(**asked: object) -> Request:
    """A parsed SUBSCRIBE."""
    parsed = parse(subscribe(**asked))  # type: ignore[arg-type]
    assert isinstance(parsed, Request)
    return parsed


def wish(**asked: object) -> RequestedSubscription | Refused:
    """What it asks for."""
    return read_wish(request(**asked), PACKAGES, POLICY)


@pytest.mark.parametrize(
    ("asked", "granted"),
    [(600, 600), (0, 0), (None, 3600), (60, 60), (7201, 7200), (2**32 - 1, 7200)],
)
def test_a_duration_is_granted_or_shortened(asked: int | None, granted: int) -> None:
    answer = wish(expires=asked)

    assert isinstance(answer, RequestedSubscription)
    assert (answer.expires, answer.event.package) == (granted, "dialog")


@pytest.mark.parametrize("seconds", [1, 59])
def test_a_duration_that_is_too_short_is_423(seconds: int) -> None:
    assert wish(expires=seconds) == Refused(423, (b"Min-Expires: 60",))


def test_an_hour_is_never_too_short() -> None:
    strict = SubscriptionPolicy(min_expires=7000)

    assert isinstance(read_wish(request(expires=3600), PACKAGES, strict), RequestedSubscription)


def test_a_package_nobody_has_is_489() -> None:
    assert (
        wish(event="presence") == wish(event=None) == Refused(489, (b"Allow-Events: dialog, reg",))
    )


def test_an_event_that_cannot_be_read_is_400() -> None:
    assert wish(event="a b") == Refused(400, reason="malformed Event")
    assert wish(event="dialog, reg") == Refused(400, reason="more than one Event")


@pytest.mark.parametrize(
    ("accept", "is_enough"),
    [
        ("application/dialog-info+xml", True),
        ("APPLICATION/Dialog-Info+XML;q=0.1", True),
        ("text/plain, application/*;q=0.5", True),
        ("*/*", True),
        ("text/*", False),
        ("application/dialog-info+xml;q=0", False),
        ("application/dialog-info+xml;v=1; Q = 0.000, */*", False),
        ("application/dialog-info+xml;q=0.001, */*;q=0", True),
        ("application/*;q=0, */*", False),
        ("text/plain, */*;q=0.0", False),
        ("", False),
    ],
)
def test_accept_must_cover_the_documents(accept: str, is_enough: bool) -> None:
    asked = request(extra=(f"Accept: {accept}",))

    assert accepts(asked, b"application/dialog-info+xml") is is_enough
