"""What grows from corrections: rules that are suggested, and why a value is what it is."""
