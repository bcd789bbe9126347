"""Documents in, items out: intake, file store, reading, totals, review and events."""
