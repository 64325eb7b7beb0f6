"""The four transaction machines of RFC 3261 §17 as amended by RFC 6026, and their table.

Read `machine.py` for how a machine works, then one of the four machines beside its RFC figure,
then `table.py` for how messages find their machine.
"""
