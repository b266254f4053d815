"""What metrics does: counts, announces, keeps and answers."""
