"""Tokens of action URLs."""

import pytest

from directory.hook_token import device_of, hook_token, proves

SECRET = "autop-token-of-the-door"


def test_a_token_names_its_device_and_proves_it() -> None:
    token = hook_token(12, SECRET)

    assert device_of(token) == 12
    assert proves(token, 12, SECRET)
    assert SECRET not in token


def test_neither_another_secret_nor_another_device_makes_the_same_token() -> None:
    token = hook_token(12, SECRET)

    assert not proves(token, 12, "another")
    assert not proves(token, 13, SECRET)
    assert not proves(token.replace("12-", "13-"), 13, SECRET)


@pytest.mark.parametrize(
    "text", ["", "12", "12-short", "0-" + "A" * 43, "9" * 19 + "-" + "A" * 43, "12-" + "é" * 43]
)
def test_what_has_not_the_form_of_a_token_is_nobodys(text: str) -> None:
    assert device_of(text) is None


def test_a_token_of_odd_characters_proves_nothing() -> None:
    assert not proves("12-\udcff", 12, SECRET)
