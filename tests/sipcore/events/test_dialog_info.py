"""Dialogs as documents; the sections of RFC 4235 are in tests/conformance."""

from sipcore.events.dialog_info import DialogPackage
from sipcore.events.event_header import EventHeader
from sipcore.events.package import Change, Sight, View
from sipcore.events.watched_dialog import Peer, State, WatchedDialog

ONE = WatchedDialog(
    "c-1", "one", "", False, 'a"<b', "t1", "t2", Peer("1#1001", "O'Hara & Co"), State.EARLY
)


def view(event: bytes = b"dialog", sight: Sight = Sight.FULL) -> View:
    """A view of the account `one`."""
    return View("one", sight, EventHeader.parse(event))


def package(*dialogs: WatchedDialog) -> DialogPackage:
    """The package of a server on which `one` is in these dialogs."""
    return DialogPackage("doorline.test", lambda user: dialogs if user == "one" else ())


def changed(*dialogs: WatchedDialog) -> dict[str, Change]:
    """Changes by key."""
    return {dialog.id: Change(dialog.id, dialog) for dialog in dialogs}


def test_a_document_in_full() -> None:
    assert package(ONE).full(view(), 7, 0.0).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="7" state="full" '
        'entity="sip:one@doorline.test">'
        '<dialog id="c-1" call-id="a&quot;&lt;b" local-tag="t1" remote-tag="t2" '
        'direction="recipient"><state>early</state>'
        "<local><identity>sip:one@doorline.test</identity>"
        '<target uri="sip:one@doorline.test"/></local>'
        '<remote><identity display="O&apos;Hara &amp; Co">sip:1%231001@doorline.test</identity>'
        '<target uri="sip:1%231001@doorline.test"/></remote>'
        "</dialog></dialog-info>\n"
    )


def test_changes_that_the_view_does_not_show_make_no_document() -> None:
    only = view(b"dialog;call-id=other;to-tag=t1")

    assert package().partial(only, 0, 0.0, changed(ONE)) is None
    assert b'state="partial"' in (package().partial(view(), 0, 0.0, changed(ONE)) or b"")


def test_one_dialog_stands_for_all_where_no_more_may_be_seen() -> None:
    two = WatchedDialog("c-2", "one", "", True, "x", "y", "z", None, State.CONFIRMED)

    data = package(ONE, two).partial(view(sight=Sight.STATE_ONLY), 1, 0.0, changed(ONE)) or b""

    assert b'<dialog id="1"><state>confirmed</state></dialog></dialog-info>' in data
    assert b'state="full"' in data


def test_no_dialog_is_told_as_none() -> None:
    data = package().full(view(sight=Sight.STATE_ONLY), 1, 0.0)

    assert b"<dialog " not in data
