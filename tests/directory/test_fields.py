"""Checks of single values."""

from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import fields
from directory.errors import FieldError, Invalid
from directory.kinds import CallMode


class Fruit(StrEnum):
    APPLE = "apple"
    PEAR = "pear"


def refusal(check: fields.Check, value: object) -> str | None:
    """What the check says; None when it takes the value."""
    try:
        check(value)
    except ValueError as error:
        return str(error)
    return None


class TestClean:
    def test_every_wrong_field_is_named_at_once(self) -> None:
        checks = {"name": fields.text(3, 1), "fruit": fields.word(Fruit), "on": fields.flag}

        with pytest.raises(Invalid) as raised:
            fields.clean(
                checks,
                {"name": "", "fruit": "nut", "on": True, "size": 1, "id": 2},
                {"id": "cannot be changed"},
            )

        assert raised.value.errors == (
            FieldError("name", "must not be empty"),
            FieldError("fruit", "must be one of apple, pear"),
            FieldError("size", "unknown field"),
            FieldError("id", "cannot be changed"),
        )

    def test_checked_values_come_back(self) -> None:
        checks = {"name": fields.text(3, 1), "fruit": fields.optional(fields.word(Fruit))}

        assert fields.clean(checks, {"name": " a ", "fruit": "pear"}) == {
            "name": "a",
            "fruit": Fruit.PEAR,
        }
        assert fields.clean(checks, {"fruit": None}) == {"fruit": None}


class TestText:
    def test_the_limit_is_exact(self) -> None:
        check = fields.text(128)

        assert check("x" * 128) == "x" * 128
        assert refusal(check, "x" * 129) == "at most 128 characters"

    @pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\0b", "a\x7fb", "a\u2028b", "a\x85b"])
    def test_control_characters_are_refused(self, text: str) -> None:
        assert refusal(fields.text(10), text) == "control characters are not allowed"

    @pytest.mark.parametrize("value", [1, None, True, ["a"], b"a"])
    def test_other_types_are_refused(self, value: object) -> None:
        assert refusal(fields.text(10), value) == "must be a text"

    def test_blanks_alone_are_empty(self) -> None:
        assert refusal(fields.text(10, 1), "  ") == "must not be empty"

    def test_a_pattern_counts_ascii_digits_only(self) -> None:
        check = fields.pattern(r"[0-9]{1,6}", "must be 1 to 6 digits")

        assert [check("0001"), check("123456")] == ["0001", "123456"]
        assert {refusal(check, text) for text in ("", "1234567", "12a", "١٢", "-1")} == {
            "must be 1 to 6 digits"
        }


class TestNumbers:
    def test_whole_numbers_keep_to_their_range(self) -> None:
        check = fields.whole(0, 63)

        assert [check(0), check(63)] == [0, 63]
        assert {refusal(check, -1), refusal(check, 64)} == {"must be 0 to 63"}
        assert {refusal(check, value) for value in (True, 1.0, "1", None)} == {
            "must be a whole number"
        }

    def test_durations_keep_to_their_range(self) -> None:
        check = fields.seconds(1, 300)

        assert [check(1), check(2.5), check(300)] == [1.0, 2.5, 300.0]
        assert {refusal(check, value) for value in (0.9, 301, float("nan"), float("inf"))} == {
            "must be 1 to 300 seconds"
        }
        assert {refusal(check, value) for value in (True, "1", None)} == {
            "must be a number of seconds"
        }

    def test_row_ids_are_positive_and_fit_the_database(self) -> None:
        assert [fields.row_id(1), fields.row_id(2**63 - 1)] == [1, 2**63 - 1]
        assert {refusal(fields.row_id, value) for value in (0, -1, 2**63, True, "1", 1.0)} == {
            "must be the id of a row"
        }

    def test_flags_are_true_or_false(self) -> None:
        assert [fields.flag(True), fields.flag(False)] == [True, False]
        assert {refusal(fields.flag, value) for value in (0, 1, "true", None)} == {
            "must be true or false"
        }


class TestPlaces:
    def test_time_zones_are_iana_names(self) -> None:
        assert fields.timezone("Europe/Berlin") == "Europe/Berlin"
        for value in ("Berlin", "GMT+3:00", "", "../etc/passwd", None):
            assert refusal(fields.timezone, value) in (
                "must be an IANA time zone such as Europe/Berlin",
                "must be a text",
            )

    def test_countries_are_codes_with_a_calling_code(self) -> None:
        assert [fields.country("de"), fields.country(" GB ")] == ["DE", "GB"]
        assert {refusal(fields.country, value) for value in ("Germany", "XX", "")} == {
            "must be a two-letter country code such as DE"
        }

    @pytest.mark.parametrize(
        ("given_code", "country"), [("44", "GB"), ("+44", "GB"), ("1", "US"), ("fr", "FR")]
    )
    def test_a_calling_code_names_its_main_country(self, given_code: str, country: str) -> None:
        assert fields.country_or_calling_code(given_code) == country

    def test_other_calling_codes_are_refused(self) -> None:
        check = fields.country_or_calling_code

        assert {refusal(check, value) for value in ("999", "800", "000", "+")} == {
            "must be a known country calling code such as 44",
            "must be a two-letter country code such as DE",
        }
        assert refusal(check, "device code") == "must be a two-letter country code such as DE"


class TestNumbersToCall:
    def test_country_and_national_number_make_one_e164_value(self) -> None:
        spellings = ["020 7946 0001", "+44 20 7946 0001", "(020) 79460001"]

        assert {fields.phone_number(text, "GB") for text in spellings} == {"+442079460001"}

    @pytest.mark.parametrize("text", ["", "abc", "030 90182O", "sip:1@x", "+49 30 1 x 2", "1+2"])
    def test_what_no_telephone_number_is_written_with_is_refused(self, text: str) -> None:
        assert refusal(lambda value: fields.phone_number(value, "DE"), text) == (
            "must be a telephone number: digits, blanks, + ( ) . / -"
        )

    @pytest.mark.parametrize("text", ["1", "12", "+49 12", "110", "0" * 30, "+", "+999 123456"])
    def test_what_no_country_could_give_out_is_refused(self, text: str) -> None:
        assert refusal(lambda value: fields.phone_number(value, "DE"), text) in (
            "must be a telephone number",
            "must be a telephone number: digits, blanks, + ( ) . / -",
            "must be a telephone number of the right length for its country",
        )

    def test_a_number_of_the_right_length_is_taken_though_no_table_has_it(self) -> None:
        assert fields.phone_number("01632 960001", "GB") == "+441632960001"

    def test_the_wrong_one_of_a_list_is_named(self) -> None:
        check = {"landlines": lambda value: fields.landlines(value, "GB", 3)}
        with pytest.raises(Invalid) as raised:
            fields.clean(check, {"landlines": ["020 7946 0001", "x"]})

        assert [error.field for error in raised.value.errors] == ["landlines.2"]

    def test_no_landline_is_paid_for_by_the_call(self) -> None:
        check = {"landlines": lambda value: fields.landlines(value, "DE", 3)}
        with pytest.raises(Invalid) as raised:
            fields.clean(check, {"landlines": ["030 12345678", "0900 1 123456"]})

        assert [(error.field, error.message) for error in raised.value.errors] == [
            (
                "landlines.2",
                "must not be a premium-rate number: calls to it would be charged for",
            )
        ]

    def test_three_numbers_are_the_most(self) -> None:
        numbers = [f"+44207946000{digit}" for digit in range(4)]

        assert fields.landlines(numbers[:3], "GB", 3) == numbers[:3]
        assert refusal(lambda value: fields.landlines(value, "GB", 3), numbers) == (
            "at most 3 numbers"
        )

    def test_blank_and_repeated_numbers_are_dropped(self) -> None:
        given_numbers = ["", "020 7946 0001", " ", "+442079460001"]

        assert fields.landlines(given_numbers, "GB", 3) == ["+442079460001"]

    def test_a_single_text_is_no_list(self) -> None:
        check = fields.floors(10)

        assert refusal(check, "1") == "must be a list of texts"
        assert refusal(check, [1]) == "must be a text"


class TestAddresses:
    def test_email_is_lower_case(self) -> None:
        assert fields.email(" Ann.Lee@Example.COM ") == "ann.lee@example.com"

    @pytest.mark.parametrize(
        "text", ["", "ann", "@example.com", "ann@", "a b@example.com", "ann@example", "a@b..c"]
    )
    def test_what_is_no_email_is_refused(self, text: str) -> None:
        assert refusal(fields.email, text) == "must be an email address"

    @pytest.mark.parametrize(
        "text", ["0c:11:05:0b:98:14", "0C-11-05-0B-98-14", "0c11.050b.9814", " 0C11050B9814 "]
    )
    def test_macs_are_stored_in_one_spelling(self, text: str) -> None:
        assert fields.mac(text) == "0C11050B9814"

    @pytest.mark.parametrize("text", ["", "0C11050B981", "0C11050B98145", "0G11050B9814"])
    def test_what_is_no_mac_is_refused(self, text: str) -> None:
        assert refusal(fields.mac, text) == "must be a MAC address of 12 hexadecimal digits"


class TestAccounts:
    def test_users_are_letters_digits_and_a_few_marks(self) -> None:
        assert [fields.sip_user(text) for text in ("1000000001", "u_1.a-b", "x" * 64)] == [
            "1000000001",
            "u_1.a-b",
            "x" * 64,
        ]
        wrong = ("", "x" * 65, "a b", "a@b", "_a", "ä", "a%23", "0*1")
        assert {refusal(fields.sip_user, text) for text in wrong} == {
            "must be 1 to 64 letters, digits, dots, hyphens or underscores"
        }

    def test_a_chosen_password_is_printable_ascii(self) -> None:
        check = fields.password(6)

        assert [check("secret"), check("x" * 64)] == ["secret", "x" * 64]
        assert {
            refusal(check, text)
            for text in ("short", "x" * 65, "with blank", 'quo"te', "back\\slash", "ümlaut")
        } == {"must be 6 to 64 printable ASCII characters, no blank, quote or backslash"}

    @given(st.text())
    def test_a_refusal_never_repeats_the_password(self, text: str) -> None:
        assert refusal(fields.password(6), text) in (
            None,
            "must be 6 to 64 printable ASCII characters, no blank, quote or backslash",
        )


class TestFloors:
    def test_floors_of_a_lift(self) -> None:
        check = fields.floors(10)

        assert check(["-10", "128", "G0", "G1", "G2", "01", "1"]) == [
            "-10",
            "128",
            "G0",
            "G1",
            "G2",
            "1",
        ]

    @pytest.mark.parametrize("floor", ["-11", "129", "G3", "all", "", "1.5", "+1"])
    def test_other_floors_are_refused(self, floor: str) -> None:
        assert refusal(fields.floors(10), [floor]) == "a floor is -10 to 128, G0, G1, G2 or All"

    def test_ten_are_the_most(self) -> None:
        ten = [str(floor) for floor in range(10)]

        assert fields.floors(10)(ten) == ten
        assert refusal(fields.floors(10), [*ten, "10"]) == "at most 10 floors"

    def test_all_floors_absorb_the_others(self) -> None:
        assert fields.floors(10)(["1", "All", "2"]) == ["All"]


CHECKS: list[fields.Check] = [
    fields.text(10, 1),
    fields.word(Fruit),
    fields.flag,
    fields.whole(0, 5),
    fields.seconds(0, 5),
    fields.row_id,
    fields.timezone,
    fields.country,
    fields.country_or_calling_code,
    fields.email,
    fields.mac,
    fields.sip_user,
    fields.password(6),
    fields.floors(3),
    lambda value: fields.phone_number(value, "GB"),
    lambda value: fields.landlines(value, "GB", 3),
]


@given(
    st.sampled_from(CHECKS),
    st.one_of(st.text(), st.none(), st.booleans(), st.integers(), st.floats(), st.lists(st.text())),
)
def test_a_check_returns_a_value_or_raises_value_error_and_is_stable(
    check: fields.Check, value: object
) -> None:
    try:
        once = check(value)
    except ValueError:
        return

    assert check(once) == once


def test_a_table_takes_known_words_alone_and_names_the_wrong_one() -> None:
    check = fields.table(CallMode, fields.seconds(1, 10))

    assert check({"sip": 4, "ip": None}) == {"sip": 4.0, "ip": None}
    for value, wrong in (({"sip": 11}, "sip"), ({"pigeon": 1}, "pigeon")):
        with pytest.raises(fields.WrongEntryError) as raised:
            check(value)
        assert raised.value.number == wrong
    with pytest.raises(ValueError, match="must be an object of sip, ip"):
        check([4])


def test_a_country_that_is_none_leaves_only_international_numbers() -> None:
    assert [fields.region(value) for value in ("GB", "+49", "nowhere", None)] == [
        "GB",
        "DE",
        "ZZ",
        "ZZ",
    ]


def test_keys_name_a_kind_and_an_id_each_once() -> None:
    check = fields.keys(("flat", "person"), 2)

    assert check(["person:7", "flat:12", "person:7"]) == ["person:7", "flat:12"]
    for value in (["flat:12", "flat:0"], ["flat:1", "door:1"], ["flat:1", "flat:" + "9" * 30]):
        with pytest.raises(fields.WrongEntryError, match="must be flat:ID or person:ID") as raised:
            check(value)
        assert raised.value.number == 2
    with pytest.raises(ValueError, match="at most 2 entries"):
        check(["flat:1", "flat:2", "flat:3"])


@pytest.mark.parametrize(
    ("number", "message"),
    [
        ("+499001123456", "must not be a premium-rate number: calls to it would be charged for"),
        ("+4911833", "must not be a short number: such numbers are never called"),
        (
            "+870773111632",
            "must be a number of a country, not of a satellite or worldwide service",
        ),
        (
            "+80012345678",
            "must be a number of a country, not of a satellite or worldwide service",
        ),
    ],
)
def test_the_number_for_emergencies_is_one_that_may_be_rung_without_limit(
    number: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fields.emergency_landline(number, "GB")


def test_a_number_for_emergencies_is_written_as_in_its_country_or_there_is_none() -> None:
    assert fields.emergency_landline("020 7946 0001", "GB") == "+442079460001"
    assert fields.emergency_landline("", "GB") == ""
