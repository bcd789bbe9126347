"""The line editor: an item's lines as a table, with what is left to put on them."""
