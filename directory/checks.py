"""Checks of fields that services and sheets have in common: each has one length."""

from directory import fields

FIRST_NAME = fields.text(64, 1)
LAST_NAME = fields.text(64)
EXTERNAL_ID = fields.text(64, 1)
"""The number by which another system knows a person (F058)."""
FLOORS = fields.floors(10)
"""Of a person or a department (F052, F060)."""
REMARK = fields.text(128)
PLACE_NAME = fields.text(128, 1)
"""Of a building or a department."""
APARTMENT_NAME = fields.text(128)
DEVICE_NAME = fields.text(64, 1)
