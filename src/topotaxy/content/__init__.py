"""What a report says, before anyone draws it: figures, tables, sections, palette, numbers."""
