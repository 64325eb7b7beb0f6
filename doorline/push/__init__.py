"""Pushes that wake sleeping apps (RFC 8599, G03): what is known of them, and who carries them.

`order`, `target`, `result`, `latency`, `history` and `book` are pure, and so are the payloads in
`webhook`, `fcm` and `apns`; the others do what these decide. docs/push.md is for operators.
"""
