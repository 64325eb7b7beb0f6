"""How problems are told."""

from doorline.settings.problem import Problem, SettingsError


def test_a_problem_leaves_out_what_it_does_not_have() -> None:
    assert str(Problem("d.toml:3", "sip.domain", "got 1, expected text")) == (
        "d.toml:3: sip.domain: got 1, expected text"
    )
    assert str(Problem("d.toml", "", "cannot be read")) == "d.toml: cannot be read"


def test_the_error_tells_every_problem_on_a_line() -> None:
    error = SettingsError((Problem("a:1", "x", "one"), Problem("a:2", "y", "two")))

    assert str(error) == "a:1: x: one\na:2: y: two"
