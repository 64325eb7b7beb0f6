from sqlalchemy.dialects import sqlite

from directory.kinds import CallType
from directory.model.chain_name import ChainName

DIALECT = sqlite.dialect()


def test_a_built_in_type_is_read_as_the_word_of_its_enum() -> None:
    assert ChainName().process_result_value("indoor_only", DIALECT) is CallType.INDOOR_ONLY


def test_any_other_name_is_a_text() -> None:
    assert ChainName().process_result_value("night", DIALECT) == "night"
    assert ChainName().process_bind_param("night", DIALECT) == "night"


def test_a_column_without_null_keeps_an_open_choice_as_an_empty_text() -> None:
    column = ChainName(open_as="")

    assert column.process_bind_param(None, DIALECT) == ""
    assert column.process_result_value("", DIALECT) is None
    assert ChainName().process_bind_param(None, DIALECT) is None
