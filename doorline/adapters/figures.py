"""What each figure on /metrics means: the HELP lines that Prometheus shows."""

from collections.abc import Mapping

_STORED: Mapping[str, str] = {
    "written": "Rows of {what} written.",
    "batches": "Transactions that wrote {what}.",
    "errors": "Failed attempts to write {what}; they are tried again.",
    "dropped": "Rows of {what} lost because too many waited for the database.",
    "rows_written": "Rows of {what} written.",
    "rows_dropped": "Rows of {what} lost because they could not be written.",
    "refused": "Rows of {what} that the database did not take.",
}
_STORES: Mapping[str, str] = {
    "stored_bindings": "registrations",
    "stored_calls": "call records",
    "door_log": "the door log",
    "autop_ledger": "the autop ledger",
}

_TEXTS: Mapping[str, str] = {
    "sip_bad_messages": "SIP messages that could not be read.",
    "sip_calls_refused": "Calls refused because the server is stopping or full.",
    "sip_calls_started": "Calls that began to ring somebody.",
    "sip_connections": "TCP connections accepted.",
    "sip_connections_refused": "TCP connections refused because there are too many.",
    "sip_datagrams_unsent": "Datagrams the network did not take.",
    "sip_flows_lost": "Transactions that lost their connection.",
    "sip_idle_connections_closed": "TCP connections closed because nothing came for a long time.",
    "sip_internal_errors": "Bugs met while serving SIP; the log has the trace.",
    "sip_keepalives": "Keep-alive packets received.",
    "sip_messages_received": "SIP messages received.",
    "sip_requests": "SIP requests received, by method.",
    "sip_requests_sent": "SIP requests sent.",
    "sip_responses": "SIP responses sent, by status.",
    "sip_responses_received": "SIP responses received.",
    "sip_slow_readers": "TCP connections closed because the other side did not read.",
    "sip_stray_responses": "SIP responses that belong to no request of this server.",
    "sip_stream_errors": "TCP connections closed because what came on them was no SIP.",
    "sip_transactions_refused": "Requests refused because the table of transactions is full.",
    "registrar_accepted": "Registrations made, refreshed or ended.",
    "registrar_challenged": "Requests asked to prove who they are.",
    "registrar_rejected": "Registrations refused: wrong password, or not allowed.",
    "registrar_repeated": "Registrations answered again because the request was repeated.",
    "registrar_stale": "Requests asked to prove who they are again, with a fresh nonce.",
    "sip_active_calls": "Calls that ring or talk now.",
    "sip_transactions": "SIP transactions open now.",
    "sip_bindings": "Contacts registered now.",
    "capture_hep_sent": "SIP messages sent to the HEP collector.",
    "capture_hep_lost": "SIP messages that the HEP collector could not be sent.",
    "accounts": "SIP accounts known now.",
    "sites": "Sites known now.",
}
_AUTOP = "autop_requests_"


def meaning(name: str) -> str:
    """A sentence about the figure `doorline_<name>`; its bare name for one nobody described."""
    if name in _TEXTS:
        return _TEXTS[name]
    if name.startswith(_AUTOP):
        decision = name.removeprefix(_AUTOP)
        return f"Requests for autop files that were decided as {decision} (docs/autop.md)."
    for store, what in _STORES.items():
        text = _STORED.get(name.removeprefix(f"{store}_")) if name.startswith(store) else None
        if text is not None:
            return text.format(what=what)
    return name.replace("_", " ")
