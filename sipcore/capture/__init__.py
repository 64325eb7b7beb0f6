"""What went over the wire, for those who look for a fault: masked, bounded, and off at no cost."""
