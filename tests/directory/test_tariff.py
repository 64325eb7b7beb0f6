"""What kind of number it is, as bills see it."""

import pytest

from directory.tariff import KINDS, PREMIUM, SHORT, tariff_of


@pytest.mark.parametrize(
    ("number", "kinds", "country"),
    [
        ("+442079460123", {"fixed"}, "GB"),
        ("+4915112345678", {"mobile"}, "DE"),
        ("+12025550123", {"fixed", "mobile"}, "US"),
        ("+445600123456", {"voip"}, "GB"),
        ("+498001234567", {"toll_free"}, "DE"),
        ("+491803123456", {"shared_cost"}, "DE"),
        ("+447012345678", {"personal"}, "GB"),
        ("+445500123456", {"company"}, "GB"),
        ("+499001123456", {"premium"}, "DE"),
        ("+441632960001", {"unknown"}, "GB"),
        ("+870773111632", {"mobile"}, "001"),
    ],
)
def test_a_number_has_a_kind_and_a_country(number: str, kinds: set[str], country: str) -> None:
    tariff = tariff_of(number)

    assert (set(tariff.kinds), tariff.country) == (kinds, country)


@pytest.mark.parametrize("number", ["112", "+49110", "+49", "", "guard", "0049301234567"])
def test_what_is_no_whole_number_is_short(number: str) -> None:
    assert tariff_of(number).kinds == {SHORT}


def test_premium_and_short_numbers_are_of_no_kind_that_may_be_allowed() -> None:
    assert {PREMIUM, SHORT}.isdisjoint(KINDS)
