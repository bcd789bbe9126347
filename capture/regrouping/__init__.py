"""Items split into several, and several merged into one; both are undone by one click, and no file is altered."""
