"""Registrar: who may register, what a REGISTER changes, and where an account can be reached."""
