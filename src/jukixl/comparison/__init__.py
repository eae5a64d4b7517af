"""What differs between two handouts or two masters."""
