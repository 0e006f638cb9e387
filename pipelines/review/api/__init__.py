"""The API for the bank's own systems: score, list the queue, fetch a case, post a decision.

A program comes in by a key, and by nothing else: no cookie is looked at here, and no key on a page.
"""
