"""
What is known about each vendor, one folder each; nothing else in the package knows one.

``circleci`` is here. ``circle_admin``, ``circa`` and ``circleme`` get a folder of the same shape: a service, its
endpoints by resource, and what the vendor's answers mean.
"""
