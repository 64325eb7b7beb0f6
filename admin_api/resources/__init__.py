"""One file per resource of the admin API."""
