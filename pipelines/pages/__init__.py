"""A report as a person reads it: one HTML page with its charts, or a PDF of the same.

Computes no statistic: whatever is shown stands in `risk.report.document`.
"""
