"""Office documents: text, slides, sheets, of Microsoft's and OpenDocument's formats."""
