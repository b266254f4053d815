"""Subjects of automatic replies in the languages of mail programs."""

import re

_PREFIXES = (
    # English, German, Dutch
    "automatic reply", "auto[- ]?reply", "auto[- ]?response", "automatic response",
    "automated (?:reply|response)", "out of office (?:auto[- ]?reply|reply|response|notification)",
    "vacation (?:auto[- ]?)?reply", "autoresponder", "away from my mail",
    "automatische (?:antwort|rückantwort|abwesenheitsnotiz|abwesenheitsmeldung|nachricht)",
    "abwesenheits(?:notiz|meldung|nachricht|assistent|info|benachrichtigung)",
    "auto(?:matische)?[- ]?antwort",
    "automatisch (?:antwoord|bericht)", "afwezigheids(?:bericht|melding|assistent)",
    "automatische reactie",
    # French, Spanish, Portuguese, Italian, Catalan, Basque, Galician, Romanian
    "r[ée]ponse automatique", "message d['’ ]absence", "absence du bureau", "avis d['’ ]absence",
    "(?:notification|message) automatique d['’]absence", "respuesta autom[áa]tica",
    "autorespuesta",
    "resposta autom[áaà]tica", "aviso de aus[êe]ncia", "risposta automatica",
    "risponditore automatico",
    "erantzun automatikoa", "r[ăa]spuns automat",
    # Nordic and Baltic languages, Finnish, Estonian
    "auto(?:matisk(?:t)?[- ]?)?svar", "automatisk (?:svar|besked)",
    "frånvaro(?:meddelande|besked)?",
    "fraværs(?:melding|besked|meddelelse|assistent)", "sjálfvirkt svar", "automaattinen vastaus",
    "poissaolo(?:ilmoitus|viesti)", "automaatvastus", "automaatne vastus",
    "automātisk[āa] atbilde",
    "automatinis atsakym(?:as|o)",
    # Slavic languages, Hungarian, Greek, Turkish
    "automatyczna odpowied[źz]", "odpowied[źz] automatyczna", "auto(?:matyczna )?odpowied[źz]",
    "automatick[áa] odpov[ěe][ďd]e?ď?", "samodejni odgovor", "automatski odgovor",
    "аутоматски одговор",
    "автоматичен отговор", "автоматический ответ", "автоответ(?:чик)?", "автоматична відповідь",
    "автовідповідь", "automatikus (?:válasz|üzenet)", "αυτόματη απάντηση",
    "otomatik (?:yanıt|cevap|yanit)",
    # Hebrew, Arabic, Persian, Hindi
    "(?:תשובה|מענה) אוטומטי(?:ת)?", "(?:ال)?رد (?:ال)?تلقائي", "پاسخ خودکار",
    "स्वचालित (?:उत्तर|प्रतिक्रिया|जवाब)",
    # Japanese, Chinese, Korean, Thai, Vietnamese, Indonesian, Malay
    "自動(?:返信|応答|回覆|回復|答覆|回复)", "自动(?:回复|答复)",
    "不在(?:通知|のお知らせ|連絡|返信)",
    "자동 ?(?:회신|응답|답장)", "부재 ?중(?: ?알림)?", "(?:การ)?ตอบกลับอัตโนมัติ",
    "(?:thư )?trả lời tự động",
    "(?:balasan|jawaban|balas|respons) otomatis", "balasan automatik",
)  # fmt: skip

# Words that people use too: they count only together with what robots alone do.
_WORDS = (
    r"out of (?:the |my )?office", r"\booo\b", r"\bauto[- ]?repl",
    r"on (?:\S{1,12} )?(?:vacation|holiday|leave)\b", r"\bvacation\b",
    r"\baway\b", r"\babsen[ct]", r"not (?:in|at) (?:the |my )?(?:office|desk)", r"annual leave",
    r"abwesen", r"nicht im (?:büro|haus)", r"\burlaub", r"außer haus", r"ferien", r"afwezig",
    r"niet (?:op kantoor|aanwezig)", r"vakantie", r"en (?:vacances|congés?)", r"hors du bureau",
    r"fuera de (?:la )?oficina", r"vacaciones", r"ausen[tc]", r"fora do escrit", r"férias",
    r"fuori (?:ufficio|sede)", r"(?:in|per) ferie", r"assen[tz]", r"semester", r"ferie",
    r"frånvar", r"fravær", r"ikke (?:på|til stede)", r"poissa", r"lomalla", r"poza biurem",
    r"nieobecn", r"urlop", r"mimo kancel", r"nepřítomn", r"dovolen", r"házon kívül",
    r"szabadság", r"în concediu", r"отпуск", r"отсутств", r"відпуст", r"ofis dışı", r"izin",
    r"εκτός γραφείου", r"άδεια", r"不在", r"休暇", r"夏季休業", r"休假", r"不在办公室", r"外出",
    r"부재", r"휴가", r"מחוץ למשרד", r"حופש", r"إجازة", r"خارج المكتب",
    r"thank(?:s| you) for (?:your (?:e-?mail|message|mail|enquiry|inquiry|request)|contacting"
    r"|writing)",
    r"(?:we )?(?:have )?received your (?:e-?mail|message|request|enquiry|inquiry)",
    r"your (?:e-?mail|message|request|ticket) (?:has been|was) received", r"acknowledge?ment",
    r"confirmation of receipt", r"eingangsbestätigung", r"empfangsbestätigung",
    r"accusé de réception",
    r"acuse de recibo", r"\bautomat", r"please confirm your (?:message|e-?mail)",
    r"confirm your message",
)  # fmt: skip

_END = r"(?:\s{0,3}(?:[:：\]】)）\-–—|]|$)| (?:re|aw|sv|fwd?)\s?:)"
_PREFIX = re.compile(rf"\W{{0,4}}(?:{'|'.join(_PREFIXES)}){_END}", re.IGNORECASE)
_WORD = re.compile("|".join(_WORDS), re.IGNORECASE)


def announces_robot(subject: str) -> bool:
    """Whether a subject begins as only mail programs' automatic replies begin."""
    return _PREFIX.match(subject[:100]) is not None


def speaks_of_absence(subject: str) -> bool:
    """Whether a subject says what automatic replies say; people say it too."""
    return _WORD.search(subject[:300]) is not None
