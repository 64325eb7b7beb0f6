"""Files in and out of the directory: what their columns mean and what a bad row is told."""
