from directory.model import PushTarget, push_token_context


def test_a_token_is_sealed_for_the_account_it_wakes() -> None:
    assert push_token_context("1000000001") == "push_targets.token:1000000001"


def test_the_token_is_marked_as_a_secret() -> None:
    assert PushTarget.__table__.c.token.info == {"secret": True}
