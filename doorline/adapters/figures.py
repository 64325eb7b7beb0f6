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
    "sip_calls_refused": "Calls refused by the number plan: nobody there, or not allowed.",
    "sip_calls_started": "Calls that began to ring somebody.",
    "sip_connections": "Stream connections (TCP, TLS, WebSocket) accepted.",
    "sip_connections_evicted": "New connections closed unheard to make room in a full table.",
    "sip_connections_failed": "Connections that this server wanted to make and could not.",
    "sip_connections_lingered": "Closed connections whose other side did not hang up.",
    "sip_connections_refused": "Stream connections refused because there are too many.",
    "sip_connections_unwelcome": "Stream connections of banned sources, closed at once.",
    "sip_datagrams_dropped": "Datagrams thrown away because more came than can be handled.",
    "sip_datagrams_repeated": "Repetitions of datagrams that waited still.",
    "sip_datagrams_waiting": "Datagrams that were read and wait for their turn.",
    "sip_datagrams_unsent": "Datagrams the network did not take.",
    "sip_flows_lost": "Transactions that lost their connection.",
    "sip_handshakes_unfinished": "Connections closed because TLS or WebSocket took too long.",
    "sip_idle_connections_closed": "Connections closed because no message ever came.",
    "sip_internal_errors": "Bugs met while serving SIP; the log has the trace.",
    "sip_messages_refused": "Messages outside calls that were refused.",
    "sip_messages_sent": "Copies of messages outside calls sent to phones.",
    "sip_messages_taken": "Messages outside calls taken for delivery.",
    "sip_notifications_sent": "NOTIFY requests sent to subscribers.",
    "live_event_streams": "Streams of live events that are open.",
    "sip_subscriptions": "Subscriptions to the state of accounts now.",
    "sip_subscriptions_lost": "Subscriptions that ended because their subscriber was gone.",
    "sip_subscriptions_refused": "Subscriptions refused.",
    "sip_subscriptions_started": "Subscriptions made.",
    "sip_keepalives": "Keep-alive packets received.",
    "sip_messages_received": "SIP messages received.",
    "sip_requests": "SIP requests received, by method.",
    "sip_requests_sent": "SIP requests sent.",
    "sip_responses": "SIP responses sent, by status.",
    "sip_responses_received": "SIP responses received.",
    "sip_slow_readers": "Connections closed because the other side did not read.",
    "sip_slow_senders": "Connections closed because a message took too long to arrive.",
    "sip_stray_responses": "SIP responses that belong to no request of this server.",
    "sip_stream_errors": "Connections closed because what came on them was no SIP.",
    "sip_tls_failures": "Connections closed because TLS failed.",
    "sip_transactions_refused": "Requests refused because the table of transactions is full.",
    "registrar_accepted": "Registrations made, refreshed or ended.",
    "registrar_challenged": "Requests asked to prove who they are.",
    "registrar_rejected": "Registrations refused: wrong password, or not allowed.",
    "registrar_repeated": "Registrations answered again because the request was repeated.",
    "registrar_stale": "Requests asked to prove who they are again, with a fresh nonce.",
    "direct_calls_direct": "Reports of devices about calls past the server.",
    "direct_calls_through_server": "Reports of devices about calls through the server, not needed.",
    "direct_calls_open": "Calls from device to device that are not over, as far as is known.",
    "sip_active_calls": "Calls that ring or talk now.",
    "sip_banned_messages": "SIP messages from banned sources, dropped unread.",
    "sip_bans": "Sources banned now.",
    "sip_bans_made": "Bans made, by the server or by operators.",
    "sip_bans_refused": "Bans that found no place because operators had taken all of them.",
    "sip_bans_spared": "Bans not made because somebody is registered from there or in a call.",
    "sip_calls_over_limit": "Calls refused because there were too many, in all or from one source.",
    "sip_failures": "Failures that count towards a ban: wrong passwords, scanners and the like.",
    "sip_lateness_seconds": "How late the server gets to its work, in the mean.",
    "sip_wait_seconds": "How long work waited for its turn, sampled fifty times a second.",
    "sip_overload_level": "What is shed: 0 nothing, 1 strangers, 2 calls, 3 new, 4 all REGISTER.",
    "sip_shed_malformed": "Unreadable messages beyond their source's allowance, not answered.",
    "sip_shed_overload_arrival": "First registrations refused because of overload.",
    "sip_shed_overload_call": "Calls refused because of overload.",
    "sip_shed_overload_refresh": "Registrations refused because of overload.",
    "sip_shed_overload_stranger": "Requests of strangers refused or dropped because of overload.",
    "sip_shed_rate": "Requests beyond their source's allowance, dropped.",
    "sip_shed_scanner": "Requests dropped because of their User-Agent.",
    "sip_sources": "Sources remembered now.",
    "sip_transactions": "SIP transactions open now.",
    "sip_bindings": "Contacts registered now.",
    "sip_trunks_located": "Trunks that calls can be sent to now.",
    "sip_trunks_registered": "Trunks at which this server is registered now.",
    "sip_incoming_calls": "Calls from trunks that ring or talk now.",
    "sip_landline_legs": "Landlines that ring or talk now.",
    "sip_servers_avoided": "Servers and phones' TCP ports that failed and are tried last.",
    "capture_hep_sent": "SIP messages sent to the HEP collector.",
    "capture_hep_lost": "SIP messages that the HEP collector could not be sent.",
    "push_registered": "Pushes after which the app registered in time.",
    "push_silent": "Pushes after which the app did not register in time.",
    "push_waiting": "Pushes that wait for their turn now.",
    "push_dead_tokens": "Push tokens told through the API that their provider calls dead, now.",
    "push_wake_seconds": "How long apps took from a push to their registration.",
    "accounts": "SIP accounts known now.",
    "sites": "Sites known now.",
}
_AUTOP = "autop_requests_"
_HOOK = "hook_requests_"
_PUSH = {
    "sent": "Pushes that {provider} took.",
    "dead": "Pushes for which {provider} said that the token means nothing any more.",
    "refused": "Pushes that {provider} refused.",
    "unreachable": "Pushes that {provider} failed to take in time.",
    "withdrawn": "Pushes for {provider} that were not wanted any more before they were sent.",
    "full": "Pushes for {provider} that found no place because too many wait.",
}
_PROVIDERS = {"fcm": "Firebase", "apns": "Apple", "webhook": "the webhook"}


def meaning(name: str) -> str:
    """A sentence about the figure `doorline_<name>`; its bare name for one nobody described."""
    if name in _TEXTS:
        return _TEXTS[name]
    if name.startswith(_AUTOP):
        decision = name.removeprefix(_AUTOP)
        return f"Requests for autop files that were decided as {decision} (docs/autop.md)."
    if name.startswith(_HOOK):
        decision = name.removeprefix(_HOOK)
        return f"Requests for action URLs that were taken as {decision} (docs/autop.md)."
    provider, _, outcome = name.removeprefix("push_").partition("_")
    if name.startswith("push_") and provider in _PROVIDERS and outcome in _PUSH:
        return _PUSH[outcome].format(provider=_PROVIDERS[provider])
    for store, what in _STORES.items():
        text = _STORED.get(name.removeprefix(f"{store}_")) if name.startswith(store) else None
        if text is not None:
            return text.format(what=what)
    return name.replace("_", " ")
