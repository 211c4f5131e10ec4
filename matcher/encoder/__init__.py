"""Texts to unit vectors, with sentence-transformers.

Import from the modules: `encoder` takes a second to load, and the command line's help needs no model.

    encoder   Encoder, load_encoder
    cache     VectorCache
    library   any model, as sentence-transformers runs it
    packed    a plain BERT without the library; bert is its arithmetic
    bundled   the model that needs no hub
"""
