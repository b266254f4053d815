"""Takes in every customer contact, and sends the answers.

ingest owns what came in and what goes out: channel accounts, raw mails, messages, conversations and
deliveries. It decides what a message says, who sent it and which conversation it belongs to.
"""
