"""Evidence keeps where the words of a text stand; cutting every text anew is its judge."""

import random

import pytest

from matcher.engine.answer import Span
from matcher.engine.evidence import MAX_SPANS, spans_of
from matcher.text import denied, load_glossary, tokens
from matcher.text.tokens import is_function_word


def spans_by_hand(text, others, glossary, without):
    """The same, from the tokens and mentions themselves."""
    words = {token.word for one in others for token in tokens(one) if not is_function_word(token.word)}
    concepts = {mention.concept for one in others for mention in glossary.mentions(one)}
    parts = [(token.start, token.end) for token in tokens(text) if token.word in words]
    parts += [(one.start, one.end) for one in glossary.mentions(text) if one.concept in concepts]
    joined = []
    for start, end in sorted(parts):
        if any(first < end and start < last for first, last in without):
            continue
        if joined and (start <= joined[-1][1] or not text[joined[-1][1] : start].strip(" /-–,.")):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    telling = sorted(
        (part for part in joined if len(text[slice(*part)].strip()) >= 3), key=lambda p: (p[0] - p[1], p[0])
    )
    return tuple(Span(start, end, text[start:end]) for start, end in sorted(telling[:MAX_SPANS]))


@pytest.fixture(scope="module")
def texts(demo_firms):
    """What firms of the demo sell and say of themselves."""
    return [*(offer.text for firm in demo_firms for offer in firm.offers), *(firm.description for firm in demo_firms)]


def test_quoted_spans_equal_those_of_texts_that_are_cut_anew(texts, demo_firms):
    glossary, chance = load_glossary(), random.Random(4)
    for need in chance.sample([need.text for firm in demo_firms for need in firm.needs], 20):
        for text in chance.sample(texts, 8):
            for one, others in ((text, [need]), (need, [text, chance.choice(texts)]), (text.upper(), [text])):
                without = denied(one)
                assert spans_of(one, others, glossary, without=without) == spans_by_hand(one, others, glossary, without)
