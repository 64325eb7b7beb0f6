"""Tokens in the database."""

from directory.model import Token


def test_a_token_row_prints_neither_token_nor_hash() -> None:
    assert repr(Token(id=3, token_hash="ab" * 32, label="laptop")) == "Token(id=3)"


def test_there_is_no_column_for_the_token_itself() -> None:
    assert {column.name for column in Token.__table__.columns} == {
        "id",
        "created_at",
        "revision",
        "operator_id",
        "token_hash",
        "label",
        "expires_at",
        "revoked_at",
    }
