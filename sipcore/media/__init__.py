"""Media anchors: what happens to SDP and RTP of a call."""
