"""HTTP for operators and other systems."""
