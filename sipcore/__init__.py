"""The SIP engine: messages, transactions, dialogs, registrar, B2BUA and call routing."""
