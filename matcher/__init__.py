"""Who should meet whom: the domain and all the thinking of Khukha.

domain       firms, chains, provinces, certificates; standard library only
text         one spelling, tokens, glossary
encoder      texts to vectors, with sentence-transformers
exchange     catalogs and sheets in and out, with a report of every bad row
engine       understand, retrieve, fuse, fit the chain, gate, explain
evaluation   judged topics and passages, nDCG and friends
"""
