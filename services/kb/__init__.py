"""kb keeps the articles that answer questions, finds them, and suggests them for new tickets.

In this slice an article has one language, and searching is PostgreSQL's full text search.
"""
