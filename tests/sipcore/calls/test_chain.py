from directory.kinds import CallType, GuardStage
from sipcore.calls.chain import CHAINS, guard_stage, known_type, with_guards

EXPECTED = {
    "app_and_indoor": ("app+indoor+guard", "app+indoor > guard", "app+indoor"),
    "phone_and_indoor": ("landline+indoor+guard", "landline+indoor > guard", "landline+indoor"),
    "app_and_indoor_then_phone": (
        "app+indoor+guard > landline",
        "app+indoor > guard > landline",
        "app+indoor > landline",
    ),
    "indoor_then_app": ("indoor+guard > app", "indoor > guard > app", "indoor > app"),
    "indoor_then_phone": (
        "indoor+guard > landline",
        "indoor > guard > landline",
        "indoor > landline",
    ),
    "indoor_then_app_then_phone": (
        "indoor+guard > app > landline",
        "indoor > guard > app > landline",
        "indoor > app > landline",
    ),
    "indoor_only": ("indoor+guard", "indoor > guard", "indoor"),
}


def shown(call_type: str, placement: GuardStage) -> str:
    return " > ".join("+".join(stage) for stage in with_guards(call_type, placement))


def test_each_call_type_has_its_stages_for_each_place_of_the_guards() -> None:
    placements = tuple(GuardStage)

    assert {
        name: tuple(shown(name, placement) for placement in placements) for name in CHAINS
    } == EXPECTED


def test_every_call_type_of_the_directory_has_a_chain() -> None:
    assert set(CHAINS) == set(CallType)


def test_without_a_site_choice_types_with_a_backup_give_guards_their_own_stage() -> None:
    assert {name: guard_stage(name, None) for name in CHAINS} == {
        "app_and_indoor": "with_indoor",
        "phone_and_indoor": "with_indoor",
        "app_and_indoor_then_phone": "after_indoor",
        "indoor_then_app": "after_indoor",
        "indoor_then_phone": "after_indoor",
        "indoor_then_app_then_phone": "after_indoor",
        "indoor_only": "with_indoor",
    }


def test_the_sites_choice_goes_before_the_default() -> None:
    choices = ("with_indoor", "after_indoor", "never")

    assert [guard_stage("app_and_indoor", choice) for choice in choices] == list(choices)


def test_a_choice_nobody_knows_counts_as_none() -> None:
    assert guard_stage("indoor_then_app", "sideways") == "after_indoor"


def test_an_unknown_call_type_is_read_as_indoor_only() -> None:
    assert (known_type("indoor_then_app"), known_type("carrier_pigeon")) == (
        "indoor_then_app",
        "indoor_only",
    )
