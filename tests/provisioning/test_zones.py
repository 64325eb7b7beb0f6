from importlib.resources import files

import pytest

from provisioning.zones import ClockChange, ClockRule, UnknownZone, clock_rule, parse_rule


def test_a_zone_with_summer_time_has_its_offset_and_both_changes() -> None:
    assert clock_rule("Europe/London") == ClockRule(
        zone="Europe/London",
        offset=0,
        summer_shift=60,
        start=ClockChange(month=3, week=5, weekday=0, hour=1),
        end=ClockChange(month=10, week=5, weekday=0, hour=2),
    )


def test_a_zone_without_summer_time_has_an_offset_only() -> None:
    assert clock_rule("Asia/Kolkata") == ClockRule("Asia/Kolkata", 330)


def test_a_zone_west_of_greenwich_has_a_negative_offset() -> None:
    assert parse_rule("America/St_Johns", "NST3:30NDT,M3.2.0,M11.1.0") == ClockRule(
        zone="America/St_Johns",
        offset=-210,
        summer_shift=60,
        start=ClockChange(3, 2, 0, 2),
        end=ClockChange(11, 1, 0, 2),
    )


def test_dublin_where_winter_is_the_exception_is_turned_round() -> None:
    london, dublin = clock_rule("Europe/London"), clock_rule("Europe/Dublin")

    assert (dublin.offset, dublin.summer_shift, dublin.start, dublin.end) == (
        london.offset,
        london.summer_shift,
        london.start,
        london.end,
    )


def test_a_summer_time_of_half_an_hour_is_kept() -> None:
    assert clock_rule("Australia/Lord_Howe").summer_shift == 30


def test_a_change_after_the_end_of_the_day_moves_to_its_last_hour() -> None:
    rule = parse_rule("Africa/Cairo", "EET-2EEST,M4.5.5/0,M10.5.4/24")

    assert rule.end == ClockChange(10, 5, 4, 23)


def test_a_change_at_a_quarter_to_three_is_made_at_two() -> None:
    assert clock_rule("Pacific/Chatham").start == ClockChange(9, 5, 0, 2)


def test_a_change_before_the_day_moves_to_its_first_hour() -> None:
    rule = parse_rule("America/Nuuk", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0")

    assert rule.start == ClockChange(3, 5, 0, 0)


def test_the_city_is_the_last_part_of_the_name_with_blanks() -> None:
    assert clock_rule("America/New_York").city == "New York"


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../../etc/passwd", "zones", "Europe"])
def test_a_name_that_is_no_zone_is_refused(zone: str) -> None:
    with pytest.raises(UnknownZone):
        clock_rule(zone)


@pytest.mark.parametrize("text", ["", "XX", "CET-1CEST,J60,J300", "CET-1CEST,M3.5.0"])
def test_a_text_that_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        parse_rule("X/Y", text)


def test_every_zone_of_the_database_has_a_rule_within_bounds() -> None:
    names = files("tzdata").joinpath("zones").read_text(encoding="ascii").split()

    rules = [clock_rule(name) for name in names]

    assert len(rules) > 300
    assert all(-720 <= rule.offset <= 840 and 0 <= rule.summer_shift <= 120 for rule in rules)
    assert all((rule.start is None) == (rule.summer_shift == 0) for rule in rules)
