"""Door relays (the electrical outputs): who may open which, and the door log."""
