"""An item's amounts: what follows from what, and whether its VAT makes sense."""
