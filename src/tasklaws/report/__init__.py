"""The report: one HTML file that opens offline. The only package that draws or writes HTML.

`content` says what a report may hold, `sections` turn it into blocks, `page` writes the bytes.
"""
