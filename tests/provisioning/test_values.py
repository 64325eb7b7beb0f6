import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.values import (
    LABEL_BYTES,
    UnfitValue,
    cfg_value,
    dialled,
    exact,
    is_dialled,
    label,
    one_line,
    xml_value,
)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Front door", "Front door"),
        ("a\r\nConfig.X = 1", "a Config.X = 1"),
        ("a\u2028b\u0085c\x0bd", "a b c d"),
        ("  many   blanks\t", "many blanks"),
        ("null\x00bell\x07", "nullbell"),
        ("left\u202eright", "leftright"),
        ("half\ud800\uffff\U0001fffe", "half"),
        ("Ünïcode Дом 家", "Ünïcode Дом 家"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\n", ""),
    ],
)
def test_a_value_is_one_line_of_what_can_be_written(text: str, kept: str) -> None:
    assert one_line(text) == kept


@given(st.text())
def test_no_text_breaks_out_of_its_line(text: str) -> None:
    line = one_line(text)

    assert len(line.splitlines()) <= 1
    assert line.encode().decode() == line
    assert one_line(line) == line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("50% = half", "50 - half"),
        ("O'Brien & Sons; Ltd", "O\u2019Brien + Sons, Ltd"),
        ("x" * 100, "x" * LABEL_BYTES),
        ("é" * 100, "é" * (LABEL_BYTES // 2)),
    ],
)
def test_a_label_is_soft_and_short(text: str, shown: str) -> None:
    assert label(text) == shown


def test_a_value_that_must_not_be_altered_passes_as_it_is() -> None:
    assert exact("p=%&;'ß") == "p=%&;'ß"


@pytest.mark.parametrize("text", ["", " x", "x ", "a\nb", "a  b", "a\x00"])
def test_a_value_that_would_be_altered_is_refused_without_being_repeated(text: str) -> None:
    with pytest.raises(UnfitValue) as raised:
        exact(text)

    assert str(raised.value) == (
        "a value that may not be altered is empty or holds control characters"
    )


@pytest.mark.parametrize("number", ["1001", "B2*17", "#1", "+441632960001", "anna_b.c-d"])
def test_a_number_devices_can_dial_passes(number: str) -> None:
    assert dialled(number) == number


@pytest.mark.parametrize("number", ["", "a@b", "1;2", "1 2", "1\n", "9" * 65, "%23", "<1>"])
def test_a_number_that_would_dial_something_else_is_refused(number: str) -> None:
    assert not is_dialled(number)
    with pytest.raises(UnfitValue):
        dialled(number)


@pytest.mark.parametrize(
    ("value", "written"), [("a\nb", "a b"), (5, "5"), (True, "1"), (False, "0"), (-1, "-1")]
)
def test_texts_numbers_and_switches_can_be_written(value: object, written: str) -> None:
    assert (cfg_value(value), xml_value(value)) == (written, written)


@pytest.mark.parametrize("value", [None, 1.5, b"x", ["x"], object()])
def test_anything_else_in_a_template_is_an_error(value: object) -> None:
    with pytest.raises(TypeError, match="a template writes a"):
        cfg_value(value)
