"""Checks of one claim or question against its case file, a family a module.

A check takes a `Said` and yields `Failure`s; it strikes what conflicts with the file or rests on
nothing in it, and passes over what it cannot tell.
"""
