"""Outcomes as values."""

from sipcore.registrar.outcome import OUT_OF_ORDER, Refused, Rejected


def test_a_refusal_carries_its_answer_and_its_status() -> None:
    refused = Refused(Rejected(423, extra=(b"Min-Expires: 60",)))

    assert (refused.answer, refused.status) == (Rejected(423, b"", (b"Min-Expires: 60",)), 423)


def test_a_request_out_of_order_is_a_server_error() -> None:
    assert (OUT_OF_ORDER.status, OUT_OF_ORDER.is_old) == (500, True)
