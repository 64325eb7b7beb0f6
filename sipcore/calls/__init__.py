"""Call types: how a dialled number becomes a ring plan."""
