from relay.door_log import DoorLogEntry
from relay.visit import visit_entry
from tests.support.dial_site import directory_of, residence

SITE = residence()
DIRECTORY = directory_of(SITE)


def test_a_visit_always_shows_success_and_keeps_the_true_outcome_beside_it() -> None:
    assert visit_entry(
        DIRECTORY,
        call_id="call-1",
        at=7.0,
        door_user="d-1",
        apartment_id=101,
        outcome="busy",
        reason="all_failed",
        status=486,
    ) == DoorLogEntry(
        at=7.0,
        site_id=1,
        building_id=10,
        building="1",
        apartment_id=101,
        apartment="1001",
        device_id=SITE.accounts["d-1"].device_id,
        device_name="D-1",
        initiated_by="visitor",
        actor_kind="visitor",
        account_user="d-1",
        method="call",
        log_type="call",
        action="call",
        response="allowed",
        outcome="busy",
        reason="all_failed",
        status=486,
        call_id="call-1",
    )


def test_a_call_that_no_door_made_is_no_visit() -> None:
    assert [
        visit_entry(
            DIRECTORY, call_id="c", at=7.0, door_user=user, apartment_id=None, outcome="missed"
        )
        for user in ("i1001", "nobody")
    ] == [None, None]
