"""Fuzzing: what the octets of a stranger must never do to the parsers and to the server.

`make fuzz` runs `python -m tests.fuzz`: every parser under a coverage-guided fuzzer (atheris), then
a running server under mutated messages. `test_smoke.py` plays a short, repeatable part of both.
"""
