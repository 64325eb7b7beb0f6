"""Checks of field values: each takes what a caller gave and returns what is stored.

A check raises ValueError with a sentence that says what was expected and never repeats the value,
which may be a secret. `clean` applies a table of checks and reports every wrong field at once.
"""

import re
import zoneinfo
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

import phonenumbers

from directory.errors import FieldError, Invalid
from directory.tariff import PREMIUM, SHORT, WORLD, tariff_of

Check = Callable[[object], Any]
Word = TypeVar("Word", bound=StrEnum)

_CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_MAC = re.compile(r"[0-9A-F]{12}")
# phonenumbers takes letters as well: of a keypad, or as an extension (030 90182O).
_PHONE = re.compile(r"\+?[0-9 ()./\u00a0-]{1,40}")
_FLOOR_WORDS = frozenset({"G0", "G1", "G2", "All"})
# RFC 3261 §25.1 user, without escapes: what every device accepts and no template must quote.
_SIP_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class WrongEntryError(ValueError):
    """One entry of a list or an object is wrong; `number` says which, from 1, or its name."""

    def __init__(self, number: int | str, message: str) -> None:
        super().__init__(message)
        self.number = number


def clean(
    checks: Mapping[str, Check],
    values: Mapping[str, object],
    fixed: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Checked values; Invalid names every wrong or unknown field.

    `fixed` maps fields that exist but cannot be changed to the reason.
    """
    cleaned: dict[str, Any] = {}
    errors: list[FieldError] = []
    for name, value in values.items():
        check = checks.get(name)
        if check is None:
            reason = (fixed or {}).get(name, "unknown field")
            errors.append(FieldError(name, reason))
            continue
        try:
            cleaned[name] = check(value)
        except WrongEntryError as error:
            errors.append(FieldError(f"{name}.{error.number}", str(error)))
        except ValueError as error:
            errors.append(FieldError(name, str(error)))
    if errors:
        raise Invalid(errors)
    return cleaned


def optional(check: Check) -> Check:
    """None passes; anything else goes to the inner check."""

    def inner(value: object) -> Any:
        return None if value is None else check(value)

    return inner


def text(maximum: int, minimum: int = 0) -> Check:
    """A text without control characters, blanks trimmed, of `minimum`..`maximum` characters."""

    def check(value: object) -> str:
        trimmed = _string(value).strip()
        if _CONTROL.search(trimmed):
            raise ValueError("control characters are not allowed")
        if len(trimmed) < minimum:
            raise ValueError("must not be empty")
        if len(trimmed) > maximum:
            raise ValueError(f"at most {maximum} characters")
        return trimmed

    return check


def pattern(expression: str, expectation: str) -> Check:
    """A text that matches as a whole, blanks trimmed."""
    compiled = re.compile(expression)

    def check(value: object) -> str:
        trimmed = _string(value).strip()
        if compiled.fullmatch(trimmed) is None:
            raise ValueError(expectation)
        return trimmed

    return check


def word(words: type[Word]) -> Callable[[object], Word]:
    """One of a closed set of words."""
    expectation = "must be one of " + ", ".join(words)

    def check(value: object) -> Word:
        try:
            return words(_string(value))
        except ValueError:
            raise ValueError(expectation) from None

    return check


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def whole(minimum: int, maximum: int) -> Check:
    """A whole number of a range."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError("must be a whole number")
        if not minimum <= value <= maximum:
            raise ValueError(f"must be {minimum} to {maximum}")
        return value

    return check


def seconds(minimum: float, maximum: float) -> Check:
    """A duration of a range."""

    def check(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("must be a number of seconds")
        if not minimum <= value <= maximum:
            raise ValueError(f"must be {minimum:g} to {maximum:g} seconds")
        return float(value)

    return check


def table(words: type[Word], check: Check) -> Callable[[object], dict[str, Any]]:
    """An object of these words; each value passes the check, or is None."""

    def inner(value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise ValueError("must be an object of " + ", ".join(words))
        checked: dict[str, Any] = {}
        for name, entry in value.items():
            if name not in tuple(words):
                raise WrongEntryError(str(name)[:40], "must be one of " + ", ".join(words))
            try:
                checked[str(name)] = None if entry is None else check(entry)
            except ValueError as error:
                raise WrongEntryError(str(name), str(error)) from None
        return checked

    return inner


def keys(kinds: tuple[str, ...], maximum: int) -> Check:
    """At most so many texts such as `apartment:12`, each once, of these kinds."""
    expectation = "must be " + " or ".join([f"{kind}:ID" for kind in kinds])
    compiled = re.compile(rf"({'|'.join(kinds)}):[1-9][0-9]{{0,17}}")

    def check(value: object) -> list[str]:
        found: dict[str, None] = {}
        for position, entry in enumerate(_strings(value), start=1):
            if compiled.fullmatch(entry) is None:
                raise WrongEntryError(position, expectation)
            found[entry] = None
        if len(found) > maximum:
            raise ValueError(f"at most {maximum} entries")
        return [*found]

    return check


def row_id(value: object) -> int:
    """The id of a row."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**63:
        raise ValueError("must be the id of a row")
    return value


def timezone(value: object) -> str:
    """The IANA name of a time zone (F041)."""
    name = _string(value)
    if name not in _timezones():
        raise ValueError("must be an IANA time zone such as Europe/Berlin")
    return name


def country(value: object) -> str:
    """ISO 3166 code of a country that has a calling code (F065)."""
    code = _string(value).strip().upper()
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a two-letter country code such as DE")
    return code


def country_or_calling_code(value: object) -> str:
    """ISO code, or a calling code such as `44` or `+44`, which names its main country (F070)."""
    digits = _string(value).strip().removeprefix("+")
    if digits.isascii() and digits.isdigit() and len(digits) <= 3:
        region = phonenumbers.region_code_for_country_code(int(digits))
        if region in phonenumbers.SUPPORTED_REGIONS:
            return region
        raise ValueError("must be a known country calling code such as 44")
    return country(value)


def region(value: object) -> str:
    """The region of a country that may itself be wrong: that is reported by its own field."""
    try:
        return country_or_calling_code(value)
    except ValueError:
        return "ZZ"


def phone_number(value: object, region: str) -> str:
    """A telephone number as E.164; national ones are read in `region` (F065).

    It must be complete, with area code, and of a length its country has. Whether such a number is
    in use is not asked: the tables of ranges age, and a number they lack could never be stored.
    """
    written = _string(value).strip()
    if _PHONE.fullmatch(written) is None:
        raise ValueError("must be a telephone number: digits, blanks, + ( ) . / -")
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        raise ValueError("must be a telephone number") from None
    # Not is_possible_number: that takes numbers without area code too, which E.164 cannot hold.
    verdict = phonenumbers.is_possible_number_with_reason(number)
    if verdict != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError("must be a telephone number of the right length for its country")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def landline(value: object, region: str) -> str:
    """A telephone number that a door may ring: not one that is paid for by the call (F034)."""
    number = phone_number(value, region)
    if PREMIUM in tariff_of(number).kinds:
        raise ValueError("must not be a premium-rate number: calls to it would be charged for")
    return number


def emergency_landline(value: object, region: str) -> str:
    """A landline that is rung however many calls there were; empty for none (F034)."""
    if value == "":
        return ""
    number = landline(value, region)
    tariff = tariff_of(number)
    if SHORT in tariff.kinds:
        raise ValueError("must not be a short number: such numbers are never called")
    if tariff.country == WORLD:
        raise ValueError("must be a number of a country, not of a satellite or worldwide service")
    return number


def landlines(value: object, region: str, maximum: int) -> list[str]:
    """At most so many E.164 numbers; blanks are dropped and repetitions kept once (F072)."""
    numbers: list[str] = []
    for position, entry in enumerate(_strings(value), start=1):
        if entry.strip():
            try:
                number = landline(entry, region)
            except ValueError as error:
                raise WrongEntryError(position, str(error)) from None
            if number not in numbers:
                numbers.append(number)
    if len(numbers) > maximum:
        raise ValueError(f"at most {maximum} numbers")
    return numbers


apartment_number = pattern(
    r"(?!0\Z)[0-9]{1,6}", "must be 1 to 6 digits, and not 0: the guard phones' number"
)
"""The number a visitor dials."""


def email(value: object) -> str:
    """An address, lower case; syntax only (F059)."""
    address = _string(value).strip().lower()
    if len(address) > 254 or _EMAIL.fullmatch(address) is None or _CONTROL.search(address):
        raise ValueError("must be an email address")
    return address


def mac(value: object) -> str:
    """Twelve upper-case hexadecimal digits; `:`, `-` and `.` between them are dropped (F097)."""
    digits = re.sub(r"[:.\-\s]", "", _string(value)).upper()
    if _MAC.fullmatch(digits) is None:
        raise ValueError("must be a MAC address of 12 hexadecimal digits")
    return digits


def sip_user(value: object) -> str:
    """User part of an account: letters, digits, dot, hyphen, underscore."""
    user = _string(value).strip()
    if len(user) > 64 or _SIP_USER.fullmatch(user) is None:
        raise ValueError("must be 1 to 64 letters, digits, dots, hyphens or underscores")
    return user


def password(minimum: int) -> Check:
    """A SIP password somebody chose: printable ASCII without blanks and quotes."""
    compiled = re.compile(r"[!#-\[\]-~]+")

    def check(value: object) -> str:
        secret = _string(value)
        if not minimum <= len(secret) <= 64 or compiled.fullmatch(secret) is None:
            raise ValueError(
                f"must be {minimum} to 64 printable ASCII characters, no blank, quote or backslash"
            )
        return secret

    return check


def floors(maximum: int) -> Check:
    """At most so many floors: -10..128, G0, G1, G2 or All (F052, F162)."""

    def check(value: object) -> list[str]:
        names: list[str] = []
        for entry in _strings(value):
            name = _floor(entry)
            if name not in names:
                names.append(name)
        if len(names) > maximum:
            raise ValueError(f"at most {maximum} floors")
        # F162: All stands for every floor, so it absorbs the others.
        return ["All"] if "All" in names else names

    return check


def _floor(entry: str) -> str:
    name = entry.strip()
    if name in _FLOOR_WORDS:
        return name
    if re.fullmatch(r"-?[0-9]{1,3}", name) is None or not -10 <= int(name) <= 128:
        raise ValueError("a floor is -10 to 128, G0, G1, G2 or All")
    return str(int(name))


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be a text")
    return value


def _strings(value: object) -> list[str]:
    if not isinstance(value, list | tuple):
        raise ValueError("must be a list of texts")
    return [_string(entry) for entry in value]


@cache
def _timezones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
