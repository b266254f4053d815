"""Words of the lines that introduce a quoted mail: "On <date>, <name> wrote:", in many languages.

As Gmail, Apple Mail, Thunderbird, Yahoo, Outlook for phones and others write them, in lower case.
"""

import re
from typing import Final

# What a person did in the mail that is quoted. Longest first matters only for where a match ends.
_WORDS: Final = """
wrote the following|wrote|writes|has written|schrieb folgendes|schrieb|schreibt|
geschrieben|a écrit|à écrit|a ecrit|écrit|écrivait|écrivit|escribió lo siguiente|escribió|
escribio|ha escrito|escribía|escribe|va escriure|ha escrit|escribiu|ha scritto|scritto|
scrisse|scrive|escreveu o seguinte|escreveu|escreve|het volgende geschreven|
schreef het volgende|schreef|geschreven|schrijft|napisał\\(a\\)|napisał\\(-a\\)|napisał/a|
napisał|napisała|pisze|napisano|napisana przez|skrev följande|skrev følgende|skrev|
skriver|har skrevet|kirjoitti seuraavaa|kirjoitti|kirjoittaa|napsal\\(a\\)|napsal/a|
napsal|napsala|píše|napísal\\(a\\)|napísal/a|napísal|napísala|ezt írta|írta|írja|a scris|
scrie|написал\\(а\\)|написал|написала|пишет|писал\\(а\\)|писал|писала|писали|сообщил|сообщает|
написав\\(ла\\)|написав|пише|писав|написа|писа|έγραψε|έγραψαν|γράφει|şunları yazdı|
şunu yazdı|yazdı|yazmış|yazıyor|napisao/la|je napisao|je napisala|napisao|napisala|
je napisal|napisal|piše|је написао|је написала|kirjutas|rakstīja|rašė|parašė|skrifaði|
shkroi|idatzi du|idatzi zuen|đã viết|viết|menulis|tulis|isinulat ni|isinulat
"""
# Scripts that put no blank between words, or tie other words to them.
_TIED: Final = """
เขียนว่า|เขียน|ने लिखा|लिखा|כתבה|כתב/ה|כתב|כתבו|כתבת|מאת|نوشته است|نوشت|كتبت|كتب|写道|
寫道|写到|写了|说道|写|のメール|書きました|さんは書きました|님이 작성|님이 다음을 작성|
작성|님이 씀|썼습니다|님의 말
"""
# First words of such a line, before a date.
_FIRST: Final = """
on|at|am|le|el|il|em|op|den|dne|dnia|dňa|dana|w|în|in|στις|την|на|в|во|у|u|vào|pada|
tanggal|في|בתאריך|ב|ב-|در|در:|在|於|ในวันที่|เมื่อ|a|al|kl|kell|ngày|lúc|dia|zo|no|za|от|
o|på|tirsdag|date|noong
"""

# Who says "I wrote on 3 May:" tells of a letter of their own, and quotes nobody.
_MYSELF: Final = """
i|we|you|they|ich|wir|sie|j'ai|j’ai|je|nous|vous|yo|io|eu|nós|ik|wij|ja|jeg|jag|vi|minä|
já|я|мы|вы|ви|ми|εγώ|ben|biz
"""
# Words of a sentence about somebody; no client writes them, and no name has them.
_SOMEBODY: Final = """
your|my|our|his|her|their|who|ihr|ihre|ihrem|mein|meine|unser|unsere|euer|dein|votre|mon|ma|notre|
vos|mes|qui|su|mi|tu|nuestro|nuestra|suo|sua|mio|mia|vostro|seu|meu|minha|nosso|uw|mijn|onze|jullie|
din|min|vår|deres|mój|moja|wasz|państwa|ваш|ваша|мой|моя|наш|váš|můj|sizin
"""
# Where the verb comes before who did it.
_MYSELF_AFTER: Final = "ich|wir|sie|ik|wij|we|jeg|jag|vi|i"
# Horde and others: "Quoting X <x@y>:".
QUOTING: Final = re.compile(
    r"(?:quoting|quote from|zitat von|citando a|citando|cita de|citation de|citerar|citat från"
    r"|citat fra|cytowanie|cytat od|idézet|цитирование|цитата)\s"
)


def _listed(words: str) -> list[str]:
    return [one.strip() for one in words.replace("\n", "").split("|") if one.strip()]


def _alternation(listed: str) -> str:
    return "|".join(sorted(_listed(listed), key=len, reverse=True))


FIRST: Final = frozenset(_listed(_FIRST))
SOMEBODY: Final = frozenset(_listed(_SOMEBODY))


_VERBS: Final = rf"(?<!\w)(?:{_alternation(_WORDS)})(?!\w)|(?:{_alternation(_TIED)})"
WROTE: Final = re.compile(_VERBS)
# Directly before the colon that ends the line, or only brackets and dashes between.
WROTE_LAST: Final = re.compile(rf"(?:{_VERBS})[)\]\s\xa0*_]{{0,8}}[:：]?$")
WROTE_THERE: Final = re.compile(rf"(?:{_VERBS})[\s\xa0*_]{{0,4}}[:：](?:[\s>]|$)")
MYSELF_WROTE: Final = re.compile(
    rf"(?<!\w)(?:{_alternation(_MYSELF)})\s(?:have\s|had\s|also\s)?(?:{_VERBS})"
    rf"|(?:{_VERBS})\s(?:{_MYSELF_AFTER})(?!\w)"
)
