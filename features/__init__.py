"""What is known of an applicant, as columns: no model, no LLM, no network."""
