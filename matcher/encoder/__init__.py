"""Texts to unit vectors, with sentence-transformers.

Import from the modules: `encoder` takes seconds to load, and the command line's help needs no model.

    encoder   Encoder, load_encoder
    cache     VectorCache
    bundled   the model that needs no hub
"""
