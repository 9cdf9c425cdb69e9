"""Office documents: text, slides, sheets, in the formats of Microsoft and OpenDocument."""
