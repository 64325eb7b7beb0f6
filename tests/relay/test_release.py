from relay.decision import Actor, Decision
from relay.door_log import DoorLogEntry
from relay.release import release_detail, release_entry
from tests.support.dial_site import relay, residence

SITE = residence()
DOOR = SITE.accounts["d-1"]
ACTOR = Actor("app", "a1001", "Ann", site_id=1, apartment_id=101, person_id=5)


def test_a_release_tells_who_where_when_and_with_which_key() -> None:
    entry = release_entry(
        SITE, ACTOR, DOOR, relay(12, "1#"), Decision(True, "in_call"), call_id="call-1", at=7.0
    )

    assert entry == DoorLogEntry(
        at=7.0,
        site_id=1,
        building_id=10,
        building="1",
        apartment_id=101,
        apartment="1001",
        device_id=DOOR.device_id,
        device_name="D-1",
        relay_id=12,
        relay_name="Relay 12",
        initiated_by="Ann",
        actor_kind="app",
        account_user="a1001",
        person_id=5,
        method="in_call_dtmf",
        log_type="door_release",
        action="open",
        key_kind="dtmf",
        key_id="relay:12",
        response="allowed",
        outcome="passed_on",
        reason="in_call",
        call_id="call-1",
    )


def test_a_denied_release_says_so_and_why() -> None:
    entry = release_entry(
        SITE, ACTOR, DOOR, relay(12, "1#"), Decision(False, "in_call_off"), call_id="c", at=7.0
    )

    assert (entry.response, entry.outcome, entry.reason) == ("denied", "denied", "in_call_off")


def test_the_timeline_learns_relay_person_and_verdict() -> None:
    assert release_detail(ACTOR, DOOR, relay(12, "1#"), Decision(False, "in_call_off")) == {
        "allowed": False,
        "reason": "in_call_off",
        "relay_id": 12,
        "relay": "Relay 12",
        "device_id": DOOR.device_id,
        "door": "D-1",
        "by": "Ann",
        "by_kind": "app",
        "by_user": "a1001",
    }
