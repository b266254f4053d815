"""Loads the demo tenant (`demo.json`) through the services' own HTTP APIs.

Every request carries an Idempotency-Key that depends on what it makes alone, so that loading
again, also after a load that broke off, makes nothing twice.
"""
