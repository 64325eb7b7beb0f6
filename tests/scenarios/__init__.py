"""Stories played on the composed server with user agents that are not ours."""
