import pytest

from directory.autop_key import folded, is_key


@pytest.mark.parametrize(
    "text", ["X", "Config.Account1.DTMF.Type", "REMOTE_PHONE_BOOK0", "a" * 128]
)
def test_letters_digits_dots_and_underscores_make_a_key(text: str) -> None:
    assert is_key(text)


@pytest.mark.parametrize(
    "text", ["", "1a", ".a", "a-b", "a b", "a=b", "a\n", "a\nb", "ä", "a" * 129]
)
def test_what_could_be_read_as_something_else_is_no_key(text: str) -> None:
    assert not is_key(text)


def test_keys_that_differ_in_case_are_the_same() -> None:
    assert folded("Config.Account1.Label") == folded("CONFIG.account1.label")
