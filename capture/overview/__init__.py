"""The overview: what waits, what failed, and what the last months come to."""
