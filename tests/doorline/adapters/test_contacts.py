import pytest

from doorline.adapters.contacts import without_token


@pytest.mark.parametrize("name", ["pn-prid", "PN-PRID"])
def test_a_push_token_is_not_shown_but_told_apart(name: str) -> None:
    first, second = (
        without_token(f"sip:a1@192.0.2.1;pn-provider=fcm;{name}={token};ob")
        for token in ("APA91b%3Aabc", "APA91b%3Adef")
    )

    assert first != second
    assert "APA91b" not in first + second
    assert first.startswith(f"sip:a1@192.0.2.1;pn-provider=fcm;{name}=hidden-")
    assert first.endswith(";ob")


def test_other_contacts_stay_as_they_are() -> None:
    assert without_token("sip:a1@192.0.2.1;ob") == "sip:a1@192.0.2.1;ob"
