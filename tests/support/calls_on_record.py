"""A visit as the record sees it: who took part and what was planned."""

from sipcore.b2bua.plan import Party, RingPlan, RingStage, Target

DOOR = Party("door", "1000000001", "Main Door", site_id=1, device_id=7)
MONITOR = Party("indoor", "2000000001", "Kitchen", site_id=1, device_id=8, apartment_id=11)
APP = Party("app", "2000000002", "Ann", site_id=1, person_id=5, apartment_id=11)
PLAN = RingPlan(
    "indoor_then_app",
    DOOR,
    "1001",
    (
        RingStage("indoor", (Target(MONITOR),), 30.0),
        RingStage("app", (Target(APP),), 30.0),
    ),
    is_visit=True,
    callee="1001",
    apartment_id=11,
)
