"""Tickets, their status machine and who gets them: pure, without I/O, clock or SQL."""
