"""Files coming in: what kind each is, its bytes kept, and its row."""
