"""The door: signing in, with a code where one is wanted, into one of several organisations."""
