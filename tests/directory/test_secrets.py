"""Secrets that do not print, and the vault."""

from pathlib import Path

import pytest

from directory.errors import KeyFileError, SealError
from directory.secrets import Secret, Vault

OLD, NEW = b"old1", b"new1"
KEYS = {OLD: bytes(32), NEW: bytes(range(32))}


class TestSecret:
    def test_it_shows_itself_only_when_asked(self) -> None:
        secret = Secret("s3cret")

        assert [repr(secret), str(secret), f"{secret}", secret.reveal()] == [
            "Secret('**********')",
            "Secret('**********')",
            "Secret('**********')",
            "s3cret",
        ]

    def test_secrets_compare_by_text(self) -> None:
        assert Secret("a") == Secret("a")
        assert Secret("a") != Secret("b")
        assert Secret("a") != "a"
        assert {Secret("ä"), Secret("ä")} == {Secret("ä")}

    def test_an_empty_secret_is_false(self) -> None:
        assert (bool(Secret("")), bool(Secret("x"))) == (False, True)


class TestVault:
    def test_what_was_sealed_opens_with_the_same_context(self) -> None:
        vault = Vault(KEYS, NEW)

        assert vault.open(vault.seal("pässword", "row 1"), "row 1") == "pässword"

    def test_the_same_text_is_never_sealed_to_the_same_bytes(self) -> None:
        vault = Vault(KEYS, NEW)

        assert vault.seal("password", "row 1") != vault.seal("password", "row 1")

    def test_a_value_moved_to_another_row_does_not_open(self) -> None:
        vault = Vault(KEYS, NEW)

        with pytest.raises(SealError, match="wrong place or damaged"):
            vault.open(vault.seal("password", "row 1"), "row 2")

    def test_a_value_with_one_changed_bit_does_not_open(self) -> None:
        vault = Vault(KEYS, NEW)
        sealed = vault.seal("password", "row 1")

        for place in range(len(sealed)):
            damaged = bytearray(sealed)
            damaged[place] ^= 1
            with pytest.raises(SealError):
                vault.open(bytes(damaged), "row 1")

    @pytest.mark.parametrize("length", [0, 1, 5, 16, 17, 20])
    def test_a_value_that_is_too_short_does_not_open(self, length: int) -> None:
        vault = Vault(KEYS, NEW)

        with pytest.raises(SealError):
            vault.open(vault.seal("password", "row 1")[:length], "row 1")

    def test_a_value_names_the_key_that_sealed_it(self) -> None:
        sealed = Vault(KEYS, OLD).seal("password", "row 1")

        assert Vault.key_id(sealed) == OLD
        assert Vault(KEYS, NEW).open(sealed, "row 1") == "password"
        with pytest.raises(SealError, match="not in the key file"):
            Vault({NEW: KEYS[NEW]}, NEW).open(sealed, "row 1")

    def test_a_generated_vault_opens_what_it_sealed(self) -> None:
        vault = Vault.generate()

        assert vault.open(vault.seal("x", "y"), "y") == "x"


class TestKeyFile:
    def test_a_missing_file_is_made_for_its_owner_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "var" / "doorline.key"
        sealed = Vault.open_file(path).seal("password", "row 1")

        assert path.stat().st_mode & 0o777 == 0o600
        assert Vault.open_file(path).open(sealed, "row 1") == "password"

    def test_the_last_key_seals_and_the_others_open(self, tmp_path: Path) -> None:
        path = tmp_path / "doorline.key"
        sealed = Vault.open_file(path).seal("password", "row 1")
        other = tmp_path / "other.key"
        Vault.open_file(other)
        path.write_text(path.read_text() + other.read_text())

        vault = Vault.open_file(path)

        assert vault.open(sealed, "row 1") == "password"
        assert Vault.open_file(other).open(vault.seal("new", "row 1"), "row 1") == "new"

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
    def test_a_file_others_may_read_is_refused_with_the_way_to_mend_it(
        self, tmp_path: Path, mode: int
    ) -> None:
        path = tmp_path / "doorline.key"
        Vault.open_file(path)
        path.chmod(mode)

        with pytest.raises(KeyFileError) as raised:
            Vault.open_file(path)

        assert str(raised.value) == (
            f"{path}: mode is {mode:04o}, must be 0600; run: chmod 600 {path}"
        )

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "holds no key; restore it from its copy"),
            ("# comment only\n", "holds no key; restore it from its copy"),
            ("deadbeef\n", "expected a key id and a key"),
            ("nothex!! " + "A" * 43 + "=\n", "expected a key id and a key"),
            ("deadbeef not*base64\n", "expected a key id and a key"),
            ("deadbeef AAAA\n", "expected 4 bytes of id and 32 bytes of key"),
        ],
    )
    def test_a_damaged_file_is_refused_without_being_repeated(
        self, tmp_path: Path, content: str, message: str
    ) -> None:
        path = tmp_path / "doorline.key"
        path.write_text(content)
        path.chmod(0o600)

        with pytest.raises(KeyFileError) as raised:
            Vault.open_file(path)

        assert str(raised.value) in (f"{path}: {message}", f"{path}:1: {message}")

    def test_a_file_of_other_bytes_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "doorline.key"
        path.write_bytes(b"\xff\xfe\x00")
        path.chmod(0o600)

        with pytest.raises(KeyFileError, match="not a key file"):
            Vault.open_file(path)

    def test_a_folder_that_cannot_be_made_is_one_clear_line(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with pytest.raises(KeyFileError, match="cannot create the key file: "):
            Vault.open_file(tmp_path / "file" / "doorline.key")

    def test_a_folder_in_place_of_the_file_is_one_clear_line(self, tmp_path: Path) -> None:
        path = tmp_path / "doorline.key"
        path.mkdir(mode=0o700)

        with pytest.raises(KeyFileError, match="cannot read the key file: Is a directory"):
            Vault.open_file(path)
