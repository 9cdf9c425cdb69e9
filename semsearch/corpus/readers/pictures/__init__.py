"""Text in pictures and scanned pages, by OCR."""
