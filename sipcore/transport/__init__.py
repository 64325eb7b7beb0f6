"""Sockets: bytes and Flow in, bytes and Flow out."""
