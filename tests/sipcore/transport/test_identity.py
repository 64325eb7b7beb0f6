"""Identities in certificates (RFC 5922 §7.1, §7.2)."""

from typing import Any

import pytest

from sipcore.transport.identity import identities


@pytest.mark.parametrize(
    ("certificate", "found"),
    [
        ({"subjectAltName": (("DNS", "SIP.Example.org."),)}, {"sip.example.org"}),
        ({"subjectAltName": (("URI", "sip:Example.org"),)}, {"example.org"}),
        ({"subjectAltName": (("IP Address", "192.0.2.1"),)}, {"192.0.2.1"}),
        ({"subjectAltName": (("IP Address", "2001:DB8:0:0:0:0:0:1\n"),)}, {"2001:db8::1"}),
        ({"subjectAltName": (("DNS", "*.example.org"),)}, set()),
        ({"subjectAltName": (("URI", "sip:alice@example.org"),)}, set()),
        ({"subjectAltName": (("URI", "sips:example.org"), ("URI", "http://example.org"))}, set()),
        ({"subjectAltName": (("email", "a@example.org"),)}, set()),
        (
            {
                "subject": ((("commonName", "cn.example.org"),),),
                "subjectAltName": (("DNS", "a.example.org"), ("URI", "sip:b.example.org")),
            },
            {"a.example.org", "b.example.org"},
        ),
        ({"subject": ((("commonName", "CN.example.org"),),)}, {"cn.example.org"}),
        ({"subject": ((("commonName", "*.example.org"),),)}, set()),
        ({}, set()),
    ],
)
def test_identities_are_domains_and_never_wildcards(
    certificate: dict[str, Any], found: set[str]
) -> None:
    assert identities(certificate) == found
