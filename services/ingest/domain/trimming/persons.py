"""Whether words are a person's: they ask, or speak of themselves."""

import re
from typing import Final

# Words that say "I", "me" or "my"; left out are those that mean something else in a language
# whose companies write disclaimers: "je" (Czech "is"), "ja" (Finnish "and"), "ma" (Polish "has").
_I: Final = re.compile(
    r"(?<![\w.@/-])(?:I|I['’](?:m|ve|d|ll)|(?i:"
    r"my|me|mine|myself|ich|mich|mir|mein(?:e[mnrs]?)?|"
    r"j['’]\w+|je (?:ne|vous|me|le|la|les|suis|vais|veux|voudrais|souhaite|peux|dois|n['’]\w+|"
    r"m['’]\w+|l['’]\w+)|mon|moi|"
    r"yo|mi|mis|mí|recibí|envié|estoy|tengo|quiero|necesito|quisiera|he (?:recibido|enviado|visto)|"
    r"io|mio|mia|miei|mie|ho|vorrei|eu|meus?|minhas?|recebi|enviei|estou|tenho|quero|preciso|"
    r"ik|mij|mijn|jag|jeg|mig|meg|min|mitt|mina|mój|moja|moje|moją|mojego|mojej|mnie|chcę|mogę|"
    r"\w+ł[ae]m|já|můj|jsem|som|chci|moj|moju|minä|minun|minulle|olen|haluan|én|nekem|szeretn[éeéo]k|"
    r"szeretném|meu|mea|vreau|ben|benim|bana|\w+[ıiuü]yorum|μου|θέλω|έχω|"
    r"я|мой|моя|моё|мое|мои|мне|меня|моего|моей|моих|мій|моє|мені|мене|аз|моят|"
    r"أنا|لدي|أريد|אני|שלי|לי|tôi|saya|मैं|मेर[ाीे]|मुझे"
    r"))(?![\w@/]|[.-]\w)"
    r"|我(?![们們司方行国國院校]|公司)|私(?![的用企立人物信有])|僕|저는|제가|나는|내가|ผม|ฉัน"
)
# "We have received this in error": a notice says it of its reader.
_WE: Final = re.compile(
    r"\b(?:we (?:have |had )?(?:received|sent|got|ordered|need|want)|"
    r"wir (?:haben|hatten) (?:\S+ ){0,6}(?:erhalten|bekommen|geschickt|gesendet)|"
    r"nous avons (?:bien )?(?:reçu|envoyé)|hemos (?:recibido|enviado)|abbiamo (?:ricevuto|inviato)|"
    r"recebemos|enviamos|otrzymaliśmy|wysłaliśmy|мы (?:получили|отправили)|"
    r"wij? hebben (?:\S+ ){0,6}(?:ontvangen|gestuurd|verstuurd))\b",
    re.IGNORECASE,
)
_QUESTION: Final = re.compile(r"[?？؟](?=[\s\"'”»)\]*_]|$)")


def asks(words: str) -> bool:
    """Whether there is a question in `words`; the sign within a link is none."""
    return _QUESTION.search(words) is not None


def speaks(words: str) -> bool:
    """Whether `words` ask, say "I" or "my", or "we have received": no company's notice does."""
    return asks(words) or _I.search(words) is not None or _WE.search(words) is not None
