"""What a promise is, when it is kept, nearly due and broken. No I/O and no clock of its own."""
