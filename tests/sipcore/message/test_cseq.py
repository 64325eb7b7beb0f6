import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.cseq import CSeq, read_cseq


@pytest.mark.parametrize(
    ("written", "cseq"),
    [
        (b"4711 INVITE", CSeq(4711, b"INVITE")),
        (b"0009 INVITE", CSeq(9, b"INVITE")),
        (b"1 \t  INVITE", CSeq(1, b"INVITE")),
        (b"1\t INVITE", CSeq(1, b"INVITE")),
        (b"4294967295 ACK", CSeq(2**32 - 1, b"ACK")),
        (b"29344 RE%47IST%45R", CSeq(29344, b"RE%47IST%45R")),
    ],
)
def test_a_cseq_is_a_number_and_a_method(written: bytes, cseq: CSeq) -> None:
    assert CSeq.parse(written) == cseq
    assert CSeq.parse(written.decode()) == cseq


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"1",
        b"INVITE",
        b"INVITE 1",
        b"-1 INVITE",
        b"+1 INVITE",
        b"1_0 INVITE",
        b"0x1 INVITE",
        b"1 INVITE x",
        b"1 INV(ITE",
        b"4294967296 INVITE",
        b"36893488147419103232 REGISTER",
        b"9" * 5000 + b" INVITE",
    ],
)
def test_any_other_cseq_is_refused(written: bytes) -> None:
    with pytest.raises(BadMessage, match="CSeq"):
        CSeq.parse(written)


@given(st.integers(0, 2**32 - 1), st.sampled_from([b"INVITE", b"X-y.z"]))
def test_a_cseq_written_and_read_again_is_the_same(number: int, method: bytes) -> None:
    cseq = CSeq(number, method)

    assert CSeq.parse(str(cseq)) == cseq


def test_a_value_that_comes_again_is_the_same_value() -> None:
    assert read_cseq(b"1 INVITE") is read_cseq(b"1 INVITE")
    assert read_cseq(b"0000000001 SOMETHING-UNUSUAL") == CSeq(1, b"SOMETHING-UNUSUAL")
    with pytest.raises(BadMessage):
        read_cseq(b"x INVITE")
