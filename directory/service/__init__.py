"""Use cases: check rule, change, record event in one unit of work."""
