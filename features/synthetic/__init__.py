"""A seeded loan book with documents and planted truths, for the demo, tests and notebooks."""

from features.synthetic.book import Book, book_dictionary, make_book

__all__ = ["Book", "book_dictionary", "make_book"]
