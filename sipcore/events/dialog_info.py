"""Event package `dialog`: who is in which call, for busy lamps and pick-up (RFC 4235)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import quote

from sipcore.events.package import Change, Sight, View
from sipcore.events.watched_dialog import State, WatchedDialog
from sipcore.events.xml import characters, document, element

_NAMESPACE: Final = "urn:ietf:params:xml:ns:dialog-info"
_RANK: Final = (State.TRYING, State.PROCEEDING, State.EARLY, State.CONFIRMED)
_VIRTUAL: Final = "1"
"""Id of the one dialog that stands for all of them (RFC 4235 §3.7.2)."""
_UNESCAPED: Final = "-_.!~*'()&=+$,;?/"
"""What a user part may have besides letters and digits (RFC 3261 §25.1)."""


def _already(user: str) -> None:
    """The dialogs of every account are known whether or not anybody watches."""


class DialogPackage:
    """Dialogs as `application/dialog-info+xml`."""

    name = "dialog"
    content_type = b"application/dialog-info+xml"
    default_expires = 3600
    """RFC 4235 §3.4, for all dialogs of a user."""
    interval = 1.0
    """RFC 4235 §3.10."""

    def __init__(
        self,
        domain: str,
        dialogs: Callable[[str], tuple[WatchedDialog, ...]],
        watch: Callable[[str], None] = _already,
        unwatch: Callable[[str], None] = _already,
    ) -> None:
        """`dialogs` tells those of an account between `watch` and `unwatch` of it."""
        self._domain = domain
        self._dialogs = dialogs
        self._watch = watch
        self._unwatch = unwatch

    def watch(self, target: str) -> None:
        """Somebody begins to watch this account."""
        self._watch(target)

    def unwatch(self, target: str) -> None:
        """Nobody watches this account any more."""
        self._unwatch(target)

    def full(self, view: View, version: int, utc: float) -> bytes:
        """Every dialog of the account that the view shows."""
        dialogs = self._dialogs(view.target)
        if view.sight is Sight.STATE_ONLY:
            return self._document(view, version, "full", _virtual(dialogs))
        shown = (self._element(dialog) for dialog in dialogs if _is_meant(view, dialog))
        return self._document(view, version, "full", shown)

    def partial(
        self, view: View, version: int, utc: float, changes: Mapping[str, Change]
    ) -> bytes | None:
        """The dialogs that changed; the virtual dialog is told as a whole."""
        if view.sight is Sight.STATE_ONLY:
            return self.full(view, version, utc)
        shown = [
            self._element(dialog)
            for change in changes.values()
            if isinstance(dialog := change.matter, WatchedDialog) and _is_meant(view, dialog)
        ]
        return self._document(view, version, "partial", shown) if shown else None

    def _document(self, view: View, version: int, kind: str, content: Iterable[str]) -> bytes:
        attributes = {
            "xmlns": _NAMESPACE,
            "version": str(version),
            "state": kind,
            "entity": self._uri(view.target),
        }
        return document(element("dialog-info", attributes, *content))

    def _element(self, dialog: WatchedDialog) -> str:
        attributes = {
            "id": dialog.id,
            "call-id": dialog.call_id,
            "local-tag": dialog.local_tag,
            "remote-tag": dialog.remote_tag,
            "direction": "initiator" if dialog.is_initiator else "recipient",
        }
        code = str(dialog.code) if 100 <= dialog.code < 700 else ""
        parts = [element("state", {"event": dialog.event, "code": code}, dialog.state)]
        parts.append(self._participant("local", dialog.user, dialog.display))
        if dialog.peer is not None:
            parts.append(self._participant("remote", dialog.peer.user, dialog.peer.display))
        return element("dialog", attributes, *parts)

    def _participant(self, name: str, user: str, display: str) -> str:
        """Identity and target; the target is the AOR too, for contacts are addresses of phones."""
        uri = self._uri(user)
        identity = element("identity", {"display": display}, characters(uri))
        return element(name, {}, identity, element("target", {"uri": uri}))

    def _uri(self, user: str) -> str:
        return f"sip:{quote(user, safe=_UNESCAPED, errors='replace')}@{self._domain}"


def _virtual(dialogs: tuple[WatchedDialog, ...]) -> tuple[str, ...]:
    """One dialog in the furthest state of them all; none when there is none."""
    if not dialogs:
        return ()
    state = max((dialog.state for dialog in dialogs), key=_RANK.index)
    return (element("dialog", {"id": _VIRTUAL}, element("state", {}, state)),)


def _is_meant(view: View, dialog: WatchedDialog) -> bool:
    """Whether a subscription to certain dialogs is about this one (RFC 4235 §3.2)."""
    event = view.event
    return all(
        wanted in (None, "") or wanted == having
        for wanted, having in (
            (event.param("call-id"), dialog.call_id),
            (event.param("to-tag"), dialog.local_tag),
            (event.param("from-tag"), dialog.remote_tag),
        )
    )
