"""Pages of filling in and sending."""
