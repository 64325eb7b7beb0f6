"""Key files of push providers: what is wrong with one is said without showing it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from doorline.settings.push_keys import (
    read_apns_key,
    read_push_secret,
    read_service_account,
)
from doorline.settings.reading import UnusableFileError
from tests.support.pushes import ec_key, key_files, pem, rsa_key, service_account

Reader = Callable[[Path], object]


def test_good_files_are_read(tmp_path: Path) -> None:
    account, key, secret = (Path(path) for path in key_files(tmp_path))
    found = read_service_account(account)

    assert (found.project_id, found.key_id) == ("doorline-test", "key-7")
    assert "PRIVATE" not in repr(found)
    assert read_apns_key(key).curve.name == "secp256r1"
    assert read_push_secret(secret).reveal() == "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("read", "content", "fault"),
    [
        (read_service_account, "no json", "is no JSON"),
        (read_service_account, "[]", "lacks project_id, client_email, private_key, token_uri"),
        (
            read_service_account,
            json.dumps(service_account() | {"private_key": "x"}),
            "no key in PEM",
        ),
        (
            read_service_account,
            json.dumps(service_account() | {"private_key": pem(ec_key())}),
            "no RSA key",
        ),
        (read_apns_key, "no key", "no private key in PEM"),
        (read_apns_key, pem(rsa_key()), "another kind than P-256"),
        (read_apns_key, pem(ec.generate_private_key(ec.SECP384R1())), "another kind than P-256"),
        (read_push_secret, "short", "fewer than 16"),
    ],
)
def test_a_bad_file_is_told_with_the_way_to_mend_it(
    tmp_path: Path, read: Reader, content: str, fault: str
) -> None:
    path = tmp_path / "file"
    path.write_text(content)

    with pytest.raises(UnusableFileError, match=fault) as refused:
        read(path)

    assert str(path) in str(refused.value)
    assert "PRIVATE" not in str(refused.value)


@pytest.mark.parametrize("read", [read_service_account, read_apns_key, read_push_secret])
def test_a_file_that_is_not_there_is_told(tmp_path: Path, read: Reader) -> None:
    with pytest.raises(UnusableFileError, match="does not exist"):
        read(tmp_path / "missing")
    with pytest.raises(UnusableFileError, match="cannot be read"):
        read(tmp_path)


def test_a_secret_has_to_be_text(tmp_path: Path) -> None:
    (tmp_path / "s").write_bytes(b"\xff" * 32)

    with pytest.raises(UnusableFileError, match="not text"):
        read_push_secret(tmp_path / "s")
