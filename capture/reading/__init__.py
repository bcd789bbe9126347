"""From a file to what it says: words with their places, then the fields of each document in it.

The way: bytes (``pipeline``) by Pillow (``pictures``), pdfium (``pdf``) and OCR (``rapid``, ``tesseract``) into
pages of words; these into documents (``parts``), lines and cells (``layout``); then, field by field, candidates with
their scores (``amounts``, ``totals``, ``taxes``, ``issued``, ``references``, ``suppliers`` ...), and the choice
(``candidates``) with its confidence. ``extract`` conducts. All of it but the edges is pure: words in, values out.
"""
