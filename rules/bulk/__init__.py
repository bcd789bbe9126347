"""Many at once: suppliers' and customers' own defaults, and rules as files."""
