import pytest

from sipcore.message.push_token import without_push_token


@pytest.mark.parametrize("name", ["pn-prid", "PN-PRID"])
def test_a_record_has_no_token(name: str) -> None:
    uri = f"sip:a1@192.0.2.1;pn-provider=fcm;{name}=APA91b%3Aabc;ob"

    assert without_push_token(uri) == "sip:a1@192.0.2.1;pn-provider=fcm;ob"


def test_other_uris_stay_as_they_are() -> None:
    assert without_push_token("sip:a1@192.0.2.1;ob") == "sip:a1@192.0.2.1;ob"
