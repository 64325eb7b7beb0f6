"""What commands share."""

import json

import pytest

from doorline.cli.options import print_json


def test_json_is_one_document_with_its_letters(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Ä", "list": [1]})
    printed = capsys.readouterr().out

    assert json.loads(printed) == {"name": "Ä", "list": [1]}
    assert "Ä" in printed
