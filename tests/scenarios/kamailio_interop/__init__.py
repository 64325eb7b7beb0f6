"""Kamailio as a telephone provider and as an edge proxy in front of the server."""
