"""The words that checks look for in a claim's own text, Chinese and English.

Functions take text without slots unless they say otherwise: what code fills in needs no check.
"""
