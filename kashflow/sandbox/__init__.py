"""A local KashFlow: the SOAP service as far as we use it, with its books in SQLite and pages that show them."""
