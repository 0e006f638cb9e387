"""What a model validator reads, as figures and without words: the sections of a report.

Each file is one question a validator asks, of one model and of two. Words are in `messages`;
pages, pictures and files are `pipelines.pages`.
"""
