"""Help desks' "reply above this line", in many languages."""

import re
from typing import Final

from services.ingest.domain.trimming.dividers import RULERS

_LONGEST: Final = 200
_LONGEST_BARE: Final = 64
_MOST_WORDS: Final = 9
_FRAME: Final = 2
# Zendesk's, in whatever language: "##- … -##".
_HASHES: Final = re.compile(r"##-\s?\S.*\S\s?-##")


def _listed(words: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in words.replace("\n", "").split("|"))


_ABOVE: Final = _listed("""
above this line|above the line|reply above|above this email|oberhalb dieser zeile|
oberhalb dieser linie|über dieser zeile|über dieser linie|über diese zeile|über diese linie|
au-dessus de cette ligne|au dessus de cette ligne|encima de esta línea|arriba de esta línea|
sobre esta línea|sopra questa riga|sopra questa linea|al di sopra di questa|acima desta linha|
acima dessa linha|boven deze regel|boven deze lijn|powyżej tej linii|nad tą linią|
powyżej tego wiersza|nad tym wierszem|ovenfor denne linje|over denne linje|ovenfor denne linjen|
over denne linjen|ovanför denna rad|ovanför den här raden|ovanför denna linje|
tämän rivin yläpuolelle|tämän viivan yläpuolelle|nad tento řádek|nad tímto řádkem|
nad tento riadok|nad týmto riadkom|e sor fölé|e vonal fölé|deasupra acestei linii|
deasupra acestui rând|πάνω από αυτή|πάνω από αυτήν|выше этой линии|выше этой строки|
над этой строкой|над этой линией|над цим рядком|над цією лінією|вище цього рядка|над този ред|
iznad ove crte|iznad ovog reda|nad to vrstico|bu satırın üst|bu satırın üzerine|bu çizginin üst|
在此线上方|在此行上方|此行上方|在此行之上|以上回复|在此線上方|此行上方|この行より上|この行の上|
この線より上|이 줄 위|이 선 위|이 줄의 위|מעל שורה זו|מעל לשורה זו|מעל קו זה|
فوق هذا السطر|أعلى هذا السطر|فوق هذا الخط|trên dòng này|phía trên dòng này|di atas baris ini|
di atas garis ini|เหนือบรรทัดนี้|इस पंक्ति के ऊपर
""")
# Without a frame the line is short, and asks from its first word on.
_REQUESTS: Final = _listed("""
reply |reply above|please reply|please type|please write|type |write |respond |enter |answer |
bitte |antworten |antwort |schreiben |veuillez |répondez |répondre |merci de |écrivez |
por favor|responda |responder |responde |escriba |escribe |rispondi |rispondere |si prega |
per favore|scrivi |digite |escreva |antwoord |beantwoord |typ |schrijf |gelieve |odpowiedz |
prosimy |proszę |wpisz |svar |svara |skriv |vennligst |vänligen |kirjoita |vastaa |odpovězte |
prosím|napište |napíšte |válasz|kérjük|răspundeți |vă rugăm|απαντήστε|παρακαλώ|пожалуйста|
ответьте|введите |напишите |отвечайте |будь ласка|дайте відповідь|напишіть |lütfen |yanıt|
请在|請在|回复请|在此|この|이 줄|이 선|נא |אנא |השב|يرجى|الرجاء|اكتب|vui lòng |silakan |harap
""")


def asks_above(line: str) -> bool:
    """Whether `line` (bare) is a help desk's "reply above this line"."""
    if len(line) > _LONGEST:
        return False
    if line[0] == "#" and _HASHES.fullmatch(line):
        return True
    if line[0] in RULERS and line[0] == line[-1]:
        return len(line) - len(line.strip(line[0])) >= _FRAME and _says_above(line)
    if len(line) > _LONGEST_BARE or len(line.split()) > _MOST_WORDS or line[-1] in "?？:":
        return False
    return line.lower().startswith(_REQUESTS) and _says_above(line)


def _says_above(line: str) -> bool:
    lowered = line.lower()
    return any(phrase in lowered for phrase in _ABOVE)


def may_ask(line: str) -> bool:
    """A cheap look at whether `asks_above` may hold."""
    return len(line) <= _LONGEST_BARE and line.lower().startswith(_REQUESTS)
