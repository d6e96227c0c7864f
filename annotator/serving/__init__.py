"""The screens in a browser: who may come in, and what the server says.

Invariant: without a person's link or the cookie that it gave nothing is served but a refusal, and the link alone
decides whose layers are written.
"""
