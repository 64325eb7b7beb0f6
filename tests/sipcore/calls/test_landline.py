from dataclasses import replace

from directory.queries.dial import DialSite
from sipcore.b2bua.plan import Party, SkippedTarget, Target
from sipcore.calls.inquiry import Inquiry, Reach
from sipcore.calls.landline import landlines
from tests.support.dial_site import residence
from tests.support.planning import inquiry

SITE = residence()
FLAT = SITE.owners["apartment:101"]


def landline(number: str) -> Party:
    return Party("landline", number, "Flat 1001", site_id=1, apartment_id=101, is_account=False)


def test_every_landline_rings_through_the_trunk_of_the_site() -> None:
    assert list(landlines(inquiry(SITE, "d-1", "1001"), FLAT)) == [
        Target(landline("+441632960001"), trunk="pstn"),
        Target(landline("+441632960002"), trunk="pstn"),
    ]


def test_the_further_trunks_of_a_site_stand_behind_the_first() -> None:
    reach = Reach(lambda _user: True, lambda _site: "a", lambda _site: ("b", "c"))
    asked = Inquiry(SITE.accounts["d-1"], SITE, "1001", reach)

    first, *_ = landlines(asked, FLAT)

    assert first == Target(landline("+441632960001"), "a", fallbacks=("b", "c"))


def test_a_number_that_is_not_allowed_is_left_out_and_takes_no_place_of_another() -> None:
    asked_about: list[tuple[str, int]] = []

    def toll(_site: DialSite, number: str, ahead: int) -> str | None:
        asked_about.append((number, ahead))
        return "landline_kind" if number.endswith("1") else None

    reach = Reach(lambda _user: True, lambda _site: "pstn", toll=toll)
    asked = Inquiry(SITE.accounts["d-1"], SITE, "1001", reach)

    assert list(landlines(asked, FLAT)) == [
        SkippedTarget(landline("+441632960001"), "landline_kind"),
        Target(landline("+441632960002"), "pstn"),
    ]
    assert asked_about == [("+441632960001", 0), ("+441632960002", 0)]


def test_no_landline_rings_while_the_service_is_off_and_the_trunk_is_not_even_asked_for() -> None:
    def forbidden(_site: DialSite) -> str | None:
        raise AssertionError("the trunk was asked for")

    off = replace(SITE, landline_enabled=False)
    asked = Inquiry(off.accounts["d-1"], off, "1001", Reach(lambda _user: True, forbidden))

    assert list(landlines(asked, FLAT)) == [
        SkippedTarget(landline("+441632960001"), "landline_off"),
        SkippedTarget(landline("+441632960002"), "landline_off"),
    ]


def test_a_service_without_a_trunk_says_so() -> None:
    asked = inquiry(SITE, "d-1", "1001", trunk=None)

    assert list(landlines(asked, FLAT)) == [
        SkippedTarget(landline("+441632960001"), "no_trunk"),
        SkippedTarget(landline("+441632960002"), "no_trunk"),
    ]


def test_the_switch_is_the_reason_even_for_an_owner_without_numbers() -> None:
    off = replace(SITE, landline_enabled=False)
    flat = replace(FLAT, landlines=())

    assert list(landlines(inquiry(off, "d-1", "1001"), flat)) == [
        SkippedTarget(landline(""), "landline_off")
    ]


def test_an_owner_without_numbers_has_no_landline() -> None:
    assert list(landlines(inquiry(SITE, "d-1", "1001"), replace(FLAT, landlines=()))) == []


def test_the_number_of_somebody_who_has_expired_is_left_out_from_that_very_moment() -> None:
    flat = replace(FLAT, landline_ends={"+441632960001": 50.0, "+441632960002": 51.0})
    reach = Reach(lambda _user: True, lambda _site: "pstn")

    assert list(landlines(Inquiry(SITE.accounts["d-1"], SITE, "1001", reach, 50.0), flat)) == [
        SkippedTarget(landline("+441632960001"), "account_expired"),
        Target(landline("+441632960002"), "pstn"),
    ]
