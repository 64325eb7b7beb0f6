"""The SIP engine: messages, transactions, dialogs, registrar, B2BUA and call routing."""

from sipcore.native import use_native

use_native()
