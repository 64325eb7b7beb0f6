from directory.chain import ChainMember
from directory.queries.dial import DialAccount
from directory.queries.stored_chains import chain_of

ACCOUNTS = (
    DialAccount(1, "i7", "indoor", "I7", 1, person_id=7),
    DialAccount(2, "a7", "app", "A7", 1, person_id=7),
    DialAccount(3, "g-1", "guard", "G1", 1),
)


def test_members_by_id_get_the_users_of_their_phones() -> None:
    stages = '[{"members": [{"kind": "person", "id": 7}, {"kind": "account", "id": 3}]}]'

    (stage,) = chain_of("night", stages, "listed", ACCOUNTS).stages

    assert stage.members == (
        ChainMember("person", None, 7, ("i7", "a7")),
        ChainMember("account", None, 3, ("g-1",)),
    )


def test_an_account_that_is_gone_has_no_users() -> None:
    (stage,) = chain_of(
        "night", '[{"members": [{"kind": "account", "id": 9}]}]', "site", ACCOUNTS
    ).stages

    assert stage.members == (ChainMember("account", None, 9),)


def test_only_a_chain_that_says_so_keeps_the_site_out_of_its_guards() -> None:
    stages = '[{"members": [{"kind": "indoor"}]}]'

    assert [
        chain_of("night", stages, guards, ()).by_site for guards in ("site", "listed", "maybe")
    ] == [True, False, True]


def test_what_is_no_json_is_a_broken_chain() -> None:
    chain = chain_of("night", "[{", "site", ACCOUNTS)

    assert (chain.stages, chain.fault) == ((), "stages: must be a list of at least one stage")
