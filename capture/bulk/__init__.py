"""One action on many items: what was ordered, what became of each, and how it is taken back."""
