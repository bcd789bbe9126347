"""Lists of items: what is asked of them and found, what is done to many at once, and what leaves as a file."""
