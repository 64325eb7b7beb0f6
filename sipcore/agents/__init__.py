"""Simulated devices on pjsua2, each in a process of its own."""
