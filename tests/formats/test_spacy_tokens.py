"""What spaCy's vocabularies remember stays the same however many words a corpus has."""

from __future__ import annotations

from typing import Any

import pytest

from annotator.core.record import LayerRecord, Record
from annotator.formats import spacy_tokens
from annotator.formats.spacy_tokens import Tokenizers, cut
from annotator.formats.tokenizing import Tokenizer

spacy = pytest.importorskip("spacy")


def article(number: int, language: str = "en") -> Record:
    text = f"Rumour{number}a met Rumour{number}b, and both were wrong."
    return Record("", f"a{number}", "", text, {"language": language}, LayerRecord("ana"))


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> int:
    known = len(spacy.blank("en").vocab.strings)
    monkeypatch.setattr(spacy_tokens, "_KEPT", known + 50)
    monkeypatch.setattr(spacy_tokens, "_RARE", 100)
    return known + 50 + 100 + 20  # those of one more article


@pytest.mark.parametrize("languages", [("en",), ("en", "ar")], ids=["one", "two"])
def test_rare_words_are_forgotten_and_articles_are_cut_as_ever(languages: tuple[str, ...], limits: int) -> None:
    tokenizers = Tokenizers("")
    most = 0
    for number in range(300):
        one = article(number, languages[number % len(languages)])
        language = tokenizers.of(one, "")[0]
        found = cut(one.text, language).tolist()
        if number % 50 == 0:
            assert found == cut(one.text, spacy.blank(language.lang)).tolist()
        tokenizers.forget()
        most = max(most, len(language.vocab.strings))
    assert most <= limits + 1000 * (len(languages) - 1)  # Arabic begins with other strings
    assert "met" in tokenizers.of(article(0), "")[0].vocab.strings  # it came early


def test_a_vocabulary_that_has_met_too_many_words_is_made_anew(limits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spacy_tokens, "_RENEWED", len(spacy.blank("en").vocab) + 200)
    tokenizers = Tokenizers("en")
    vocabularies: list[Any] = []
    for number in range(300):
        language = tokenizers.of(article(number), "")[0]
        assert len(cut(article(number).text, language)) == 9
        tokenizers.forget()
        if all(language.vocab is not one for one in vocabularies):
            vocabularies.append(language.vocab)
    assert len(vocabularies) >= 3


def test_the_tokenizer_of_other_formats_forgets_as_well(limits: int) -> None:
    tokenizer = Tokenizer("spacy", "en")
    expected = Tokenizer("spacy", "en")
    for number in range(300):
        found = tokenizer.tokens(article(number))
        if number % 50 == 0:
            assert found == expected.tokens(article(number))
    assert tokenizer._spacy is not None
    assert len(tokenizer._spacy.of(article(0), "")[0].vocab.strings) <= limits
