"""Checks of one claim or question against its case file, a family a module.

A check takes a `Said` and yields `Failure`s. A claim says what its clauses mean; what is of no
form of the controlled language fails, whatever it says.
"""
