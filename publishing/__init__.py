"""Items into the ledger: mapping, sending once, undo."""
