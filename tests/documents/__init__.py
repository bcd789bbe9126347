"""Documents of our own making: receipts and invoices of invented shops, with what they say."""
