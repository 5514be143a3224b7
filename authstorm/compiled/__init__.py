"""The request path as machine code: which modules, where they lie, who builds and who imports them.

Optional: the same modules run interpreted wherever nothing was compiled, and whenever a source has changed since.
"""
