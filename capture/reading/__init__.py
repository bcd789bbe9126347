"""From a file to what it says: words with their places, then the fields of each document in it."""
