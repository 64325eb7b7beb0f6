"""RFC 4235, the dialog event package, section by section: busy lamps and pick-up."""

import pytest

from sipcore.b2bua.plan import Party, RingStage, Target
from sipcore.events.package import Sight
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.support.peers import ANSWER_SDP, ack, cancel, in_dialog_of_callee, invite, reply
from tests.support.watchers import (
    DIALOG,
    Watcher,
    body_of,
    dialogs_in,
    states_in,
)
from tests.support.wire import APP, DOOR, MONITOR, Sent, Wire, requests, responses, sent_to

INDOOR = Party("indoor", "monitor", "Kitchen & Hall", site_id=1)
DOOR_USER = "1000000001"


class Scene:
    """A door that rings a monitor, and a guard phone that watches one of them."""

    def __init__(
        self,
        target: str = "monitor",
        *,
        party: Party = INDOOR,
        timeout: float = 30.0,
        sight: Sight = Sight.FULL,
        event: str = "dialog",
    ) -> None:
        stages = (RingStage("indoor", (Target(party),), timeout),)
        self.wire = Wire(*stages, contacts={"monitor": [MONITOR], "app": [APP]})
        self.wire.watching.sight = sight
        self.watcher = Watcher.of(self.wire, target=target, event=event)

    def press(self) -> Request:
        """The door presses the button; the INVITE that the monitor gets."""
        (leg,) = requests(self.wire.receive(invite(DOOR), DOOR), b"INVITE")
        return leg

    def ring(self, leg: Request) -> None:
        """The monitor rings."""
        self.wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)

    def pick_up(self, leg: Request) -> Response:
        """The monitor answers; the 200 that the door gets, acknowledged."""
        sent = self.wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
        (answer,) = [one for one in responses(sent) if one.status == 200]
        self.wire.receive(ack(answer, DOOR), DOOR)
        return answer

    def hang_up(self, leg: Request) -> None:
        """The monitor says BYE."""
        self.wire.receive(in_dialog_of_callee("BYE", leg, MONITOR), MONITOR)

    def told(self, seconds: float = 1.1) -> list[Request]:
        """The NOTIFYs of the next moments."""
        return self.watcher.take(self.wire.advance(seconds))

    def hears(self) -> list[tuple[str, dict[str, str]]]:
        """The dialogs of the one NOTIFY of the next moments."""
        (notify,) = self.told()
        return dialogs_in(notify)


# -- §3 ------------------------------------------------------------------------------------------


def test_the_package_has_its_name_its_type_and_its_duration() -> None:
    """§3.1, §3.4, §3.5."""
    watcher = Watcher.of(Wire(), expires=None)

    assert watcher.accepted.expires == 3600
    assert watcher.notifies[0].content_type == b"application/dialog-info+xml"


def test_a_phone_in_no_call_has_no_dialog() -> None:
    """§4.1: zero or more dialog elements; version, state and entity are mandatory."""
    body = body_of(Scene().watcher.notifies[0])

    assert body.tag == f"{DIALOG}dialog-info"
    assert dict(body.attrib) == {
        "version": "0",
        "state": "full",
        "entity": "sip:monitor@doorline.test",
    }
    assert list(body) == []


def test_a_callee_goes_through_trying_early_confirmed_and_terminated() -> None:
    """§3.7.1, figure 3; §4.1.1: the ids are those that the watched phone sees."""
    scene = Scene()
    leg = scene.press()
    (trying,) = scene.hears()
    scene.ring(leg)
    (early,) = scene.hears()
    scene.pick_up(leg)
    (confirmed,) = scene.hears()
    scene.hang_up(leg)
    (over,) = scene.hears()

    ids = {"call-id": leg.call_id.decode(), "remote-tag": leg.from_tag.decode()}
    full = ids | {"local-tag": "callee-tag"}
    assert trying == ("trying", ids | {"local-tag": ""})
    assert early == ("early", full)
    assert confirmed == ("confirmed", full)
    assert over == ("terminated", full | {"event": "local-bye"})
    versions = [body_of(notify).get("version") for notify in scene.watcher.notifies]
    assert versions == ["0", "1", "2", "3", "4"]


def test_a_caller_goes_through_the_same_states_with_its_own_ids() -> None:
    """§3.7.1; §4.1.1: direction initiator, local-tag is the caller's, remote-tag ours."""
    scene = Scene(DOOR_USER)
    leg = scene.press()
    (trying,) = scene.hears()
    scene.ring(leg)
    (early,) = scene.hears()
    answer = scene.pick_up(leg)
    (confirmed,) = scene.hears()
    scene.hang_up(leg)
    (over,) = scene.hears()

    ids = {"call-id": "visit@door", "local-tag": "door-tag"}
    full = ids | {"remote-tag": answer.to_tag.decode()}
    assert trying == ("trying", ids | {"remote-tag": ""})
    assert early == ("early", full)
    assert confirmed == ("confirmed", full)
    assert over == ("terminated", full | {"event": "remote-bye"})


@pytest.mark.parametrize(
    ("status", "event", "code"), [(486, "rejected", "486"), (603, "rejected", "603")]
)
def test_a_refusal_is_rejected_with_its_code(status: int, event: str, code: str) -> None:
    """§3.7.1, §4.1.2."""
    scene = Scene()
    scene.wire.receive(reply(scene.press(), status), MONITOR)

    ((state, about),) = scene.hears()

    assert (state, about["event"], about["code"]) == ("terminated", event, code)


def test_a_call_that_the_caller_gives_up_is_cancelled() -> None:
    """§3.7.1: cancelled, on both sides."""
    for target in ("monitor", DOOR_USER):
        scene = Scene(target)
        leg = scene.press()
        scene.ring(leg)
        scene.told()

        scene.wire.receive(cancel(invite(DOOR)), DOOR)
        ((state, about),) = scene.hears()

        assert (state, about["event"]) == ("terminated", "cancelled")


def test_a_stage_that_is_over_cancels_its_phones() -> None:
    """§3.7.1: our CANCEL."""
    scene = Scene(timeout=5.0)
    scene.ring(scene.press())
    scene.told()

    told = scene.told(6.0)

    ((state, about),) = dialogs_in(told[-1])
    assert (state, about["event"]) == ("terminated", "cancelled")


def test_a_phone_that_does_not_answer_at_all_times_out() -> None:
    """§3.7.1: timeout."""
    scene = Scene(timeout=60.0)
    scene.press()
    scene.told()

    told = scene.told(34.0)

    ((state, about),) = dialogs_in(told[-1])
    assert (state, about["event"], about["code"]) == ("terminated", "timeout", "408")


def test_a_call_that_nobody_answers_is_rejected_for_its_caller() -> None:
    """§3.7.1, §4.1.2."""
    scene = Scene(DOOR_USER)
    scene.wire.receive(reply(scene.press(), 486), MONITOR)

    ((state, about),) = scene.hears()

    assert (state, about["event"], about["code"]) == ("terminated", "rejected", "486")


def test_only_what_changed_is_told_and_a_refresh_tells_all() -> None:
    """§3.3, §3.7: partial, and full after SUBSCRIBE."""
    scene = Scene()
    scene.press()
    (change,) = scene.told()

    (full,) = scene.watcher.take(scene.watcher.again())

    assert (body_of(change).get("state"), body_of(full).get("state")) == ("partial", "full")
    assert states_in(full) == ["trying"]


def test_two_calls_are_two_dialogs_with_ids_of_their_own() -> None:
    """§4.1.1: the id MUST be unique amongst all current dialogs at a UA, and stays."""
    scene = Scene()
    scene.press()
    scene.wire.receive(invite(DOOR, branch="z9hG4bKtwo", call_id="second"), DOOR)
    (both,) = scene.told()

    ids = [dialog.get("id") for dialog in body_of(both).iter(f"{DIALOG}dialog")]

    assert len(set(ids)) == 2


def test_what_happens_in_one_second_is_one_notify() -> None:
    """§3.10: not faster than once every 1 second."""
    scene = Scene()
    leg = scene.press()
    scene.told(0.1)
    scene.ring(leg)
    scene.pick_up(leg)
    scene.hang_up(leg)

    assert scene.told(0.7) == []
    ((state, _),) = scene.hears()
    assert state == "terminated"


def test_a_subscription_may_be_about_one_dialog_alone() -> None:
    """§3.2: call-id, to-tag (the local tag) and from-tag (the remote tag)."""
    scene = Scene(event='dialog;call-id="call-7";to-tag=a;from-tag=b')

    scene.press()

    assert scene.told() == []


def test_a_subscription_about_a_dialog_hears_of_it() -> None:
    """§3.2."""
    scene = Scene()
    leg = scene.press()
    scene.ring(leg)
    (seen,) = scene.told()
    ((_, ids),) = dialogs_in(seen)
    event = f'dialog;call-id="{ids["call-id"]}";to-tag={ids["local-tag"]}'

    other = Watcher.of(scene.wire, call_id="one", event=event)

    assert states_in(other.notifies[0]) == ["early"]


# -- §3.6, §3.7.2 --------------------------------------------------------------------------------


def test_who_may_not_see_the_dialogs_sees_that_there_is_one() -> None:
    """§3.6, §3.7.2: one virtual dialog, no identifiers, no identities."""
    scene = Scene(sight=Sight.STATE_ONLY)
    leg = scene.press()
    scene.told()
    scene.pick_up(leg)
    (notify,) = scene.told()
    scene.hang_up(leg)
    (after,) = scene.told()

    ((state, about),) = dialogs_in(notify)
    assert (state, set(about.values())) == ("confirmed", {""})
    for secret in (leg.call_id, leg.from_tag, b"callee-tag", b"1000000001", b"identity"):
        assert secret not in notify.body
    assert (body_of(after).get("state"), states_in(after)) == ("full", [])


# -- §4.1.6 --------------------------------------------------------------------------------------


def participants(notify: Request) -> dict[str, tuple[str, str]]:
    """Identity and display name of both ends."""
    return {
        side: (identity.text or "", identity.get("display", ""))
        for side in ("local", "remote")
        for identity in body_of(notify).iterfind(f".//{DIALOG}{side}/{DIALOG}identity")
    }


def test_both_ends_are_named_as_the_server_knows_them() -> None:
    """§4.1.6.1; what stands in From is no matter, and markup is escaped."""
    scene = Scene()
    scene.press()
    (notify,) = scene.told()

    assert participants(notify) == {
        "local": ("sip:monitor@doorline.test", "Kitchen & Hall"),
        "remote": ("sip:1000000001@doorline.test", "Main Door"),
    }
    assert b"Forged" not in notify.body


def test_the_caller_dialled_somebody() -> None:
    """§4.1.6.1."""
    scene = Scene(DOOR_USER)
    scene.press()
    (notify,) = scene.told()

    assert participants(notify)["remote"] == ("sip:1001@doorline.test", "")


def test_an_end_outside_the_site_is_not_named() -> None:
    """Nobody learns of parties of another site."""
    scene = Scene(party=Party("indoor", "monitor", "Elsewhere", site_id=2))
    scene.press()
    (notify,) = scene.told()

    assert "remote" not in participants(notify)


def test_no_address_of_a_phone_is_told() -> None:
    """§4.1.6.2: the target is the AOR, which this server resolves."""
    scene = Scene()
    leg = scene.press()
    scene.ring(leg)
    (notify,) = scene.told()

    for address in (b"192.0.2.1", b"192.0.2.11", b"192.0.2.100"):
        assert address not in notify.body


# -- leftovers -----------------------------------------------------------------------------------


def test_landlines_are_nobodys_dialogs() -> None:
    """A telephone number is no account."""
    scene = Scene("monitor", party=Party("landline", "monitor", site_id=1, is_account=False))
    scene.press()

    assert scene.told() == []


def test_a_call_that_is_over_leaves_nothing_behind() -> None:
    """Every table is emptied."""
    scene = Scene()
    leg = scene.press()
    scene.pick_up(leg)
    bye = in_dialog_of_callee("BYE", leg, MONITOR)
    for sent in requests(scene.wire.receive(bye, MONITOR), b"BYE"):
        scene.wire.receive(reply(sent, 200), DOOR)
    scene.told()
    scene.watcher.take(scene.watcher.again(expires=0))

    scene.wire.advance(70.0)

    assert scene.wire.remains == {}
    later = Watcher.of(scene.wire, call_id="later")
    assert states_in(later.notifies[0]) == []


def test_a_watch_that_begins_in_a_call_shows_it() -> None:
    """§3.7: the state of all dialogs."""
    scene = Scene()
    leg = scene.press()
    scene.pick_up(leg)

    late = Watcher.of(scene.wire, call_id="late")

    assert states_in(late.notifies[0]) == ["confirmed"]


def test_a_caller_that_hides_is_hidden_here_too() -> None:
    """§4.1.6.1: the identity conveyed by the participant; RFC 3323 §4.2."""
    scene = Scene()
    scene.wire.planner.caller_kind = "app"
    scene.wire.receive(invite(DOOR, extra=("Privacy: id",)), DOOR)

    (notify,) = scene.told()

    assert b"1000000001" not in notify.body
    assert "remote" not in participants(notify)


# -- picking up: what the ids are for (RFC 3891) -------------------------------------------------

NIGHT_GUARD = Flow("UDP", 0, "192.0.2.21", 5060)


def pick_up(scene: Scene, ids: dict[str, str]) -> Sent:
    """Another guard takes the watched call with nothing but what its busy lamp was told.

    RFC 3891 §3: to-tag is the tag of the phone that is to be replaced, the local one of its dialog.
    """
    scene.wire.planner.pickers.add("night-guard")
    replaces = f"{ids['call-id']};to-tag={ids['local-tag']};from-tag={ids['remote-tag']}"
    data = invite(
        NIGHT_GUARD,
        "monitor",
        user="night-guard",
        branch="z9hG4bKpick",
        call_id="pick@guard",
        extra=(f"Replaces: {replaces}",),
    )
    return scene.wire.receive(data, NIGHT_GUARD)


def test_a_ringing_phone_is_picked_up_with_the_ids_of_its_document() -> None:
    """§4.1.1, RFC 3891 §3."""
    scene = Scene()
    leg = scene.press()
    scene.ring(leg)
    ((_, ids),) = scene.hears()

    sent = pick_up(scene, ids)
    ((state, about),) = scene.hears()

    assert (200, b"INVITE") in sent_to(sent, NIGHT_GUARD)
    assert (b"CANCEL", b"CANCEL") in sent_to(sent, MONITOR)
    assert (state, about["event"]) == ("terminated", "cancelled")


def test_a_phone_that_talks_is_replaced_with_the_ids_of_its_document() -> None:
    """§3.7.1: replaced; the newcomer's dialog is its own."""
    scene = Scene()
    lamp = Watcher.of(scene.wire, target="night-guard", call_id="lamp")
    leg = scene.press()
    scene.pick_up(leg)
    ((_, ids),) = scene.hears()

    (offered,) = requests(pick_up(scene, ids), b"INVITE")
    sent = scene.wire.receive(reply(offered, 200, body=ANSWER_SDP, flow=DOOR), DOOR)
    later = scene.wire.advance(1.1)
    ((state, about),) = dialogs_in(scene.watcher.take(later)[-1])
    ((new_state, new_ids),) = dialogs_in(lamp.take(later)[-1])

    assert (b"BYE", b"BYE") in sent_to(sent, MONITOR)
    assert (state, about["event"]) == ("terminated", "replaced")
    assert (new_state, new_ids["call-id"], new_ids["local-tag"]) == (
        "confirmed",
        "pick@guard",
        "door-tag",
    )
