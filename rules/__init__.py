"""Which rule codes an item."""
