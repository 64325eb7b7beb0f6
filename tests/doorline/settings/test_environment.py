"""Settings from the environment."""

from doorline.settings.environment import misspelled, overrides, variable_of


def test_values_get_the_type_of_their_field() -> None:
    environ = {
        "DOORLINE_SERVER__DRAIN_TIMEOUT": "2.5",
        "DOORLINE_SERVER__LOG_LEVEL": "debug",
        "DOORLINE_SIP__LISTEN__UDP": "127.0.0.1:0,,[::1]:0",
        "DOORLINE_SIP__LISTEN__TCP": "",
        "DOORLINE_SIP__REGISTRAR__MIN_EXPIRES": "one",
        "DOORLINE_SIP__REGISTRAR__PATH_WITHOUT_SUPPORT": "True",
        "DOORLINE_SIP__TRUNK__CITY__PORT": "5070",
        "DOORLINE_SIP__NONE__SUCH": "1",
    }

    assert list(overrides(environ)) == [
        ("DOORLINE_SERVER__DRAIN_TIMEOUT", ("server", "drain_timeout"), 2.5),
        ("DOORLINE_SERVER__LOG_LEVEL", ("server", "log_level"), "debug"),
        ("DOORLINE_SIP__LISTEN__TCP", ("sip", "listen", "tcp"), []),
        ("DOORLINE_SIP__LISTEN__UDP", ("sip", "listen", "udp"), ["127.0.0.1:0", "[::1]:0"]),
        ("DOORLINE_SIP__NONE__SUCH", ("sip", "none", "such"), "1"),
        ("DOORLINE_SIP__REGISTRAR__MIN_EXPIRES", ("sip", "registrar", "min_expires"), "one"),
        (
            "DOORLINE_SIP__REGISTRAR__PATH_WITHOUT_SUPPORT",
            ("sip", "registrar", "path_without_support"),
            True,
        ),
        ("DOORLINE_SIP__TRUNK__CITY__PORT", ("sip", "trunk", "city", "port"), 5070),
    ]


def test_variables_that_are_no_settings_are_left_alone() -> None:
    assert list(overrides({"DOORLINE_HOME": "x", "HOME": "y", "OTHER__THING": "z"})) == []


def test_every_key_has_its_variable() -> None:
    assert variable_of(("sip", "listen", "udp")) == "DOORLINE_SIP__LISTEN__UDP"


def test_a_setting_with_one_underscore_too_few_is_told_with_the_right_name() -> None:
    environ = {
        "DOORLINE_SIP_DOMAIN": "x",
        "DOORLINE_SIP_REGISTRAR_MIN_EXPIRES": "60",
        "DOORLINE_SERVER__DATA_DIR": "var",
        "DOORLINE_TOKEN": "t",
        "DOORLINE_CONFIG": "c",
        "SIP_DOMAIN": "y",
    }

    assert list(misspelled(environ)) == [
        "DOORLINE_SIP_DOMAIN has no effect; write DOORLINE_SIP__DOMAIN",
        "DOORLINE_SIP_REGISTRAR_MIN_EXPIRES has no effect; "
        "write DOORLINE_SIP__REGISTRAR__MIN_EXPIRES",
    ]
