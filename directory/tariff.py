"""Tariff: what kind of number a telephone number is, and of which country, as bills see it (F034).

From the numbering plans that `phonenumbers` carries; they age, so a number that no plan knows is
`unknown`, not wrong.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumberType

FIXED: Final = "fixed"
MOBILE: Final = "mobile"
UNKNOWN: Final = "unknown"
PREMIUM: Final = "premium"
"""Numbers that are paid for by the call, for what is told there: never called."""
SHORT: Final = "short"
"""Numbers that are not E.164: emergency and service numbers of a network; never called."""
WORLD: Final = "001"
"""Country of numbers that belong to none, such as satellite telephones and +800."""
KINDS: Final = (
    FIXED,
    MOBILE,
    "voip",
    "toll_free",
    "company",
    "personal",
    "shared_cost",
    UNKNOWN,
)
"""Kinds that may be allowed."""
_KINDS: Final = {
    PhoneNumberType.FIXED_LINE: frozenset((FIXED,)),
    PhoneNumberType.MOBILE: frozenset((MOBILE,)),
    PhoneNumberType.FIXED_LINE_OR_MOBILE: frozenset((FIXED, MOBILE)),
    PhoneNumberType.TOLL_FREE: frozenset(("toll_free",)),
    PhoneNumberType.PREMIUM_RATE: frozenset((PREMIUM,)),
    PhoneNumberType.SHARED_COST: frozenset(("shared_cost",)),
    PhoneNumberType.VOIP: frozenset(("voip",)),
    PhoneNumberType.PERSONAL_NUMBER: frozenset(("personal",)),
    PhoneNumberType.UAN: frozenset(("company",)),
}
_ANY_OTHER: Final = frozenset((UNKNOWN,))


@dataclass(frozen=True, slots=True)
class Tariff:
    """What decides about the price of a call."""

    kinds: frozenset[str]
    """Some of `KINDS`, of which it is one: in some countries fixed and mobile look alike."""
    country: str
    """ISO 3166 code, or `WORLD`."""


@lru_cache(maxsize=16_384)
def tariff_of(number: str) -> Tariff:
    """The tariff of an E.164 number with its `+`; anything else is a short number."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return Tariff(frozenset((SHORT,)), "")
    if not phonenumbers.is_possible_number(parsed):
        return Tariff(frozenset((SHORT,)), "")
    code = parsed.country_code or 0
    country = phonenumbers.region_code_for_number(parsed)
    country = country or phonenumbers.region_code_for_country_code(code)
    kinds = _KINDS.get(phonenumbers.number_type(parsed), _ANY_OTHER)
    if kinds is _ANY_OTHER and phonenumbers.is_valid_short_number(parsed):
        kinds = frozenset((SHORT,))
    return Tariff(kinds, country)
