"""
What is known about each vendor, one folder each; nothing else in the package knows one.

Each has the same shape: a service, its endpoints by resource, its lists worth pulling, and what the vendor's answers
mean.
"""
