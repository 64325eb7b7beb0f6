"""The hash functions against published values."""

from sipcore.registrar.hashes import HASHES, ha1, md5_hex, sha256_hex


def test_md5_of_nothing_is_the_value_that_rfc_3261_names() -> None:
    # RFC 3261 §22.4 item 7
    assert md5_hex(b"") == b"d41d8cd98f00b204e9800998ecf8427e"


def test_sha_256_of_abc_is_the_published_value() -> None:
    expected = b"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    assert sha256_hex(b"abc") == expected


def test_ha1_hashes_user_realm_and_password() -> None:
    expected = {"MD5": md5_hex(b"1001:doorline.test:gehe\xc3\xafm")}
    expected["SHA-256"] = sha256_hex(b"1001:doorline.test:gehe\xc3\xafm")

    assert {name: ha1(name, "1001", "doorline.test", "geheïm") for name in HASHES} == expected
