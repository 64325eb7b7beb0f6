"""What errors say."""

from directory.errors import (
    Conflict,
    DirectoryError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
)


def test_every_error_is_a_sentence_for_the_one_who_asked() -> None:
    errors: list[DirectoryError] = [
        NotFound("site", 7),
        Conflict("mac", "already_bound: another device has it"),
        Invalid((FieldError("name", "must not be empty"), FieldError("kind", "unknown"))),
        Invalid.one("name", "must not be empty"),
        Forbidden("create_site"),
    ]

    assert [str(error) for error in errors] == [
        "no site 7",
        "mac: already_bound: another device has it",
        "name: must not be empty; kind: unknown",
        "name: must not be empty",
        "this role may not create site",
    ]


def test_an_invalid_names_every_field() -> None:
    error = Invalid(FieldError(name, "wrong") for name in ("a", "b"))

    assert error.errors == (FieldError("a", "wrong"), FieldError("b", "wrong"))
