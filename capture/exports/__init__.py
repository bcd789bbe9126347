"""Items as files: tables, archives with their documents, and reports."""
