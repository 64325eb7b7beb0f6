"""What every layer of the SIP engine stands on: ports, errors, flows and timer constants."""
