from dataclasses import replace

from directory.chain import ChainMember, ChainStage
from directory.ringing import Ringing
from sipcore.b2bua.plan import Party, RingStage, SkippedTarget, Target
from sipcore.calls.chain import chain
from sipcore.calls.inquiry import Inquiry, Reach, party_of
from sipcore.calls.stages import candidates, fill, owner_stages, why_not
from tests.support.dial_site import account, residence, site_with
from tests.support.planning import inquiry

SITE = residence()
FLAT = SITE.owners["apartment:101"]
INDOOR = party_of(SITE.accounts["i1001"])
APP = party_of(SITE.accounts["a1001"])


def test_each_account_that_is_left_out_has_its_reason() -> None:
    asked = inquiry(SITE, "i1001", "1001", online={"i1001", "i1002", "a1002"})
    app = SITE.accounts["a1002"]

    assert {
        "app feature off": why_not(asked, app, app_enabled=False),
        "disabled": why_not(asked, replace(app, enabled=False)),
        "the caller itself": why_not(asked, SITE.accounts["i1001"]),
        "not registered": why_not(asked, SITE.accounts["g-1"]),
        "can ring": why_not(asked, app),
    } == {
        "app feature off": "app_off",
        "disabled": "disabled",
        "the caller itself": "is_caller",
        "not registered": "not_registered",
        "can ring": None,
    }


def test_the_app_switch_does_not_touch_other_kinds() -> None:
    asked = inquiry(SITE, "d-1", "1001")

    assert why_not(asked, SITE.accounts["i1001"], app_enabled=False) is None


def test_a_kind_of_which_the_owner_has_none_still_says_so() -> None:
    asked = inquiry(replace(SITE, guards=()), "d-1", "1001")
    bare = replace(FLAT, indoor=(), apps=(), landlines=())

    assert [
        candidate
        for kind in ("app", "indoor", "guard", "landline", "pigeon")
        for candidate in candidates(asked, bare, kind)
    ] == [
        SkippedTarget(Party(kind, "", site_id=1), "none_configured")
        for kind in ("app", "indoor", "guard", "landline", "pigeon")
    ]


def test_an_owner_without_apps_and_with_the_feature_off_says_that_it_is_off() -> None:
    asked = inquiry(SITE, "d-1", "1001")
    bare = replace(FLAT, apps=(), app_enabled=False)

    assert candidates(asked, bare, "app") == [
        SkippedTarget(Party("app", "", site_id=1), "app_off"),
    ]


def test_a_stage_keeps_who_is_in_apart_from_who_is_out() -> None:
    asked = inquiry(SITE, "d-1", "1001", online={"i1001"})

    assert owner_stages(asked, FLAT, chain(("app", "indoor"))) == (
        RingStage("app+indoor", (Target(INDOOR),), 30.0, (SkippedTarget(APP, "not_registered"),)),
    )


def test_a_stage_nobody_can_be_reached_in_stays_in_the_plan() -> None:
    asked = inquiry(SITE, "d-1", "1001", online=())

    assert owner_stages(asked, FLAT, chain(("indoor",), ("app",))) == (
        RingStage("indoor", (), 30.0, (SkippedTarget(INDOOR, "not_registered"),)),
        RingStage("app", (), 30.0, (SkippedTarget(APP, "not_registered"),)),
    )


def test_nobody_is_rung_in_two_stages_or_twice_in_one() -> None:
    asked = inquiry(SITE, "d-1", "1001")
    twice = replace(FLAT, landlines=("+441632960001", "+441632960001"))

    stages = owner_stages(
        asked, twice, chain(("indoor", "landline"), ("landline", "app"), ("indoor",))
    )

    assert [[target.party.user for target in stage.targets] for stage in stages] == [
        ["i1001", "+441632960001"],
        ["a1001"],
        [],
    ]


def test_the_owners_timeout_goes_before_the_sites() -> None:
    asked = inquiry(replace(SITE, stage_timeout=25.0), "d-1", "1001")
    hasty = replace(FLAT, stage_timeout=12.0)

    assert [
        owner_stages(asked, owner, chain(("indoor",)))[0].timeout for owner in (FLAT, hasty)
    ] == [
        25.0,
        12.0,
    ]


def test_a_stage_that_rings_a_telephone_lasts_at_least_as_long_as_telephones_need() -> None:
    asked = inquiry(SITE, "d-1", "1001")
    patient = replace(FLAT, stage_timeout=60.0)
    hasty = replace(FLAT, stage_timeout=10.0)

    assert [
        owner_stages(asked, owner, chain(("landline", "indoor")))[0].timeout
        for owner in (FLAT, patient, hasty)
    ] == [45.0, 60.0, 45.0]


def test_a_telephone_that_is_left_out_does_not_make_the_stage_longer() -> None:
    asked = inquiry(SITE, "d-1", "1001", trunk=None)

    assert owner_stages(asked, FLAT, chain(("landline", "indoor")))[0].timeout == 30.0


def test_the_same_user_of_another_kind_is_another_target() -> None:
    landline = Target(Party("landline", "1001"), trunk="pstn")
    indoor = Target(party_of(replace(account("i1001"), user="1001")))

    assert fill("mixed", [landline, indoor], 30.0).targets == (landline, indoor)


def test_the_greatest_ring_time_of_those_who_ring_is_the_stages() -> None:
    site = replace(SITE, ringing=Ringing(times={"app": 50.0, "indoor": 20.0}))
    both = owner_stages(inquiry(site, "d-1", "1001"), FLAT, chain(("app", "indoor")))
    asleep = owner_stages(inquiry(site, "d-1", "1001", {"i1001"}), FLAT, chain(("app", "indoor")))

    assert (both[0].timeout, asleep[0].timeout) == (50.0, 20.0)


def test_whoever_waits_least_rings_at_once() -> None:
    site = replace(SITE, ringing=Ringing(delays={"app": 8.0, "indoor": 3.0}))
    together = owner_stages(inquiry(site, "d-1", "1001"), FLAT, chain(("app", "indoor")))
    alone = owner_stages(inquiry(site, "d-1", "1001", {"a1001"}), FLAT, chain(("app", "indoor")))

    assert together[0].targets == (Target(APP, delay=5.0), Target(INDOOR))
    assert alone[0].targets == (Target(APP),)


def test_whoever_is_not_registered_yet_keeps_the_delay_of_its_kind() -> None:
    site = replace(SITE, ringing=Ringing(delays={"app": 8.0, "indoor": 3.0}))
    left_out = {
        user: owner_stages(inquiry(site, "d-1", "1001", {user}), FLAT, chain(("app", "indoor")))[0]
        for user in ("i1001", "a1001")
    }

    assert left_out["i1001"].skipped == (SkippedTarget(APP, "not_registered", 5.0),)
    assert left_out["a1001"].skipped == (SkippedTarget(INDOOR, "not_registered"),)


def test_a_delay_that_only_the_absent_have_ends_within_the_stage() -> None:
    stage = ChainStage((ChainMember("indoor"), ChainMember("app")), 10.0)
    site = replace(SITE, ringing=Ringing(delays={"app": 20.0}))

    (found,) = owner_stages(inquiry(site, "d-1", "1001", {"i1001"}), FLAT, (stage,))
    (disabled,) = owner_stages(
        inquiry(site, "d-1", "1001", {"i1001"}), replace(FLAT, app_enabled=False), (stage,)
    )

    assert found.skipped == (SkippedTarget(APP, "not_registered", 5.0),)
    assert [one.delay for one in disabled.skipped] == [0.0]


def test_a_delay_beyond_the_end_of_a_stage_is_cut_so_that_everybody_rings() -> None:
    stage = ChainStage((ChainMember("indoor"), ChainMember("app")), 10.0)
    site = replace(SITE, ringing=Ringing(delays={"app": 20.0}))

    (found,) = owner_stages(inquiry(site, "d-1", "1001"), FLAT, (stage,))

    assert [(target.party.user, target.delay) for target in found.targets] == [
        ("i1001", 0.0),
        ("a1001", 5.0),
    ]


def test_what_the_chain_says_of_a_stage_goes_before_the_settings() -> None:
    stage = ChainStage((ChainMember("indoor"), ChainMember("app", 2.0)), 14.0)
    site = replace(SITE, ringing=Ringing(times={"indoor": 90.0}, delays={"app": 20.0}))

    (found,) = owner_stages(inquiry(site, "d-1", "1001"), FLAT, (stage,))

    assert (found.name, found.timeout, found.targets) == (
        "indoor+app",
        14.0,
        (Target(INDOOR), Target(APP, delay=2.0)),
    )


def test_single_phones_of_a_chain_ring_whoever_is_called() -> None:
    named = ChainMember("account", id=5, users=("g-1",))
    gone = ChainMember("person", id=9)

    (found,) = owner_stages(inquiry(SITE, "d-1", "1001"), FLAT, (ChainStage((named, gone)),))

    assert [target.party.user for target in found.targets] == ["g-1"]
    assert found.skipped == (SkippedTarget(Party("person", "", site_id=1), "none_configured"),)


def test_the_first_guard_rings_with_the_stage_and_the_others_after_it() -> None:
    site = replace(SITE, guard_order="in_order")

    stages = owner_stages(inquiry(site, "d-1", "1001"), FLAT, chain(("indoor", "guard"), ("app",)))

    assert [(stage.name, [target.party.user for target in stage.targets]) for stage in stages] == [
        ("indoor+guard", ["i1001", "g-1"]),
        ("guard", ["g-2"]),
        ("app", ["a1001"]),
    ]


def turns(*kinds: str, online: tuple[str, ...]) -> list[tuple[list[str], list[str]]]:
    """Who rings and who might, stage by stage, where guards ring in order."""
    guards = tuple([account(f"g-{number}") for number in (1, 2, 3)])
    site = replace(site_with((FLAT,), guards=guards), guard_order="in_order")
    asked = inquiry(site, "d-1", "1001", online=online)
    return [
        (
            [target.party.user for target in stage.targets],
            [skipped.party.user for skipped in stage.skipped],
        )
        for stage in owner_stages(asked, FLAT, chain(kinds))
    ]


def test_a_guard_who_is_not_registered_has_a_turn_of_its_own() -> None:
    assert turns("guard", online=("g-2",)) == [([], ["g-1"]), (["g-2"], []), ([], ["g-3"])]


def test_with_others_the_first_guard_rings_who_can_be_reached() -> None:
    assert turns("indoor", "guard", online=("i1001", "g-2")) == [
        (["i1001", "g-2"], []),
        ([], ["g-1"]),
        ([], ["g-3"]),
    ]
    assert turns("indoor", "guard", online=("i1001",))[0] == (["i1001"], ["g-1"])


def test_nobody_has_two_turns() -> None:
    guards = ("guard",)
    site = replace(SITE, guard_order="in_order")
    asked = inquiry(site, "d-1", "1001")

    assert [
        [target.party.user for target in stage.targets]
        for stage in owner_stages(asked, FLAT, chain(guards, guards))
    ] == [["g-1"], ["g-2"], []]


def test_an_app_that_sleeps_and_can_be_woken_is_in_the_plan() -> None:
    """G03: registered or not, a push wakes it; nobody else is woken."""
    asked = inquiry(SITE, "d-1", "1001", online={"i1001"}, wakes={"a1001", "i1001", "g-1"})

    assert candidates(asked, FLAT, "app") == [Target(APP, wakes=True)]
    assert candidates(asked, FLAT, "indoor") == [Target(INDOOR)]
    assert candidates(asked, FLAT, "guard")[0] == SkippedTarget(
        party_of(SITE.accounts["g-1"]), "not_registered"
    )


def test_a_registered_app_is_woken_as_well() -> None:
    """Its registration may be older than its sleep."""
    asked = inquiry(SITE, "d-1", "1001", online={"a1001"}, wakes={"a1001"})

    assert candidates(asked, FLAT, "app") == [Target(APP, wakes=True)]


def test_a_push_wakes_no_app_that_is_switched_off_or_calls_itself() -> None:
    asked = inquiry(SITE, "a1001", "1001", online=(), wakes={"a1001"})
    off = replace(FLAT, app_enabled=False)

    assert candidates(asked, FLAT, "app") == [SkippedTarget(APP, "is_caller")]
    assert candidates(asked, off, "app") == [SkippedTarget(APP, "app_off")]


def test_a_delay_changes_nothing_else_of_a_target() -> None:
    target = Target(INDOOR, "pstn", 1.0, wakes=True, confirms=True, fallbacks=("spare",))

    assert target.at(4.0) == Target(
        INDOOR, "pstn", 4.0, wakes=True, confirms=True, fallbacks=("spare",)
    )


def test_a_telephone_that_waits_keeps_the_trunks_that_take_over() -> None:
    site = residence("phone_and_indoor", ringing=Ringing(delays={"landline": 5.0}))
    reached = Reach(lambda _user: True, lambda _site: "pstn", lambda _site: ("gsm",))
    asked = Inquiry(site.accounts["d-1"], site, "1001", reached)

    (stage,) = owner_stages(asked, site.owners["apartment:101"], chain(("indoor", "landline")))

    waiting = [one for one in stage.targets if one.party.kind == "landline"]
    assert [(one.delay, one.trunk, one.fallbacks) for one in waiting] == [
        (5.0, "pstn", ("gsm",))
    ] * 2
