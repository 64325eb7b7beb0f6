"""Shapes of bodies, queries and answers."""
