"""The JSON documents: one shape for the command line, the HTTP API and the page.

A module here builds the document of a command; `types` has the type of every document and of every object in it.
"""
