"""Sentences for the figures on /metrics."""

import re
from pathlib import Path

import pytest

from doorline.adapters.figures import meaning
from doorline.compose import compose
from doorline.settings import ServerSettings, Settings
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("sip_bindings", "Contacts registered now."),
        ("stored_calls_dropped", "Rows of call records lost because too many waited for the"),
        ("door_log_rows_written", "Rows of the door log written."),
        ("autop_requests_not_armed", "Requests for autop files that were decided as not_armed"),
        (
            "hook_requests_unknown_token",
            "Requests for action URLs that were taken as unknown_token",
        ),
        ("push_fcm_sent", "Pushes that Firebase took."),
        ("push_apns_dead", "Pushes for which Apple said that the token means nothing"),
        ("push_webhook_full", "Pushes for the webhook that found no place"),
        ("push_registered", "Pushes after which the app registered in time."),
        ("never_heard_of", "never heard of"),
    ],
)
def test_a_figure_has_its_sentence(name: str, sentence: str) -> None:
    assert meaning(name).startswith(sentence)


async def test_every_figure_that_is_there_from_the_start_is_described(tmp_path: Path) -> None:
    settings = Settings(server=ServerSettings(data_dir=tmp_path))
    server = await compose(settings, clock=ManualClock(), entropy=SequenceEntropy())
    parts = {
        "sip": server.endpoint.counters,
        "stored_bindings": server.stores.bindings.counters,
        "stored_calls": server.stores.journal.counters,
        "door_log": server.stores.door_log.counters,
        "autop_ledger": server.stores.ledger.counters,
        "push": server.push.waker.counters,
    }
    await server.stop()
    names = [f"{part}_{name}" for part, counters in parts.items() for name in counters]

    assert [name for name in names if not meaning(name).endswith(".")] == []


_PARTS = {
    "sipcore/defence/*.py": "sip",
    "sipcore/endpoint/*.py": "sip",
    "sipcore/transport/*.py": "sip",
    "sipcore/registrar/*.py": "registrar",
    "doorline/adapters/homer.py": "capture",
}
"""Files that count, and how their figures begin."""
_COUNTED = re.compile(r'counters\["([a-z_]+)"\] \+=')


@pytest.mark.parametrize("files", _PARTS)
def test_whatever_is_counted_is_described(files: str) -> None:
    tree = Path(__file__).parents[3]
    counted = {
        name for file in tree.glob(files) for name in _COUNTED.findall(file.read_text("utf-8"))
    }

    assert counted
    sentences = {name: meaning(f"{_PARTS[files]}_{name}") for name in counted}
    assert [name for name in counted if not sentences[name].endswith(".")] == []
