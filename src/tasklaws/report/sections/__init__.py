"""The sections of a report: one file holds one frozen `SECTION`, ordered by its `order`.

A section returns blocks, never HTML, so that a section of somebody else's package cannot break
the escaping of the page.
"""
