"""Words, Chinese and English: what a question may not hold, and what a document is about."""
