"""The papers of one applicant: what each is, what it says for the form, and what is missing."""
