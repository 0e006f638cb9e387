"""Where answers come from: the embedded template and, behind the same seam, language models."""
