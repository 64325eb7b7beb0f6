"""The operator's limits."""

from sipcore.registrar.policy import RegistrarPolicy


def test_the_defaults_are_those_of_the_settings() -> None:
    policy = RegistrarPolicy()

    assert (
        policy.min_expires,
        policy.default_expires,
        policy.max_expires,
        policy.max_contacts,
        policy.expires_jitter,
        policy.path_without_support,
    ) == (60, 300, 3600, 10, 0.1, False)
