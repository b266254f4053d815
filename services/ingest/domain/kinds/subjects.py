"""Subjects of automatic replies in the languages of mail programs."""

import re

_PREFIXES = (
    # English, German, Dutch
    "automatic reply", "auto[- ]?reply", "auto[- ]?response", "automatic response",
    "automated (?:reply|response)", "out of office (?:auto[- ]?reply|reply|response|notification)",
    "out of (?:the )?office(?: (?:message|notice|alert|until .{1,20}))?",
    "away from (?:the |my )?office",
    "vacation (?:auto[- ]?)?reply", "auto[- ]?responder", "(?:yahoo!? )?auto[- ]?response",
    "away from my mail",
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
    "risponditore automatico", "fuori (?:ufficio|sede)", "fuera de (?:la )?oficina",
    "hors du bureau",
    "absent du bureau", "fora do escrit[óo]rio", "contestador autom[áa]tico",
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
    "(?:thư )?trả lời tự động", "부재 ?중 ?자동 ?(?:회신|응답|답장)", "外出(?:自动|自動)回[复覆復]",
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
    r"szabadság", r"în concediu", r"în afara biroului", r"vắng mặt", r"ไม่อยู่", r"ลาพักร้อน",
    r"\bcuti\b",
    r"отпуск", r"отсутств", r"відпуст", r"ofis dışı", r"izin",
    r"εκτός γραφείου", r"άδεια", r"不在", r"休暇", r"夏季休業", r"休假", r"不在办公室", r"外出",
    r"부재", r"휴가", r"מחוץ למשרד", r"حופש", r"إجازة", r"خارج المكتب",
    r"thank(?:s| you) for (?:your (?:e-?mail|message|mail|enquiry|inquiry|request)|contacting"
    r"|writing)",
    r"(?:we )?(?:have )?received your (?:e-?mail|message|request|enquiry|inquiry)",
    r"your (?:e-?mail|message|request|ticket) (?:has been|was) received", r"acknowledge?ment",
    r"confirmation of receipt", r"eingangsbestätigung", r"empfangsbestätigung",
    r"accusé de réception",
    r"acuse de recibo", r"\bautomat", r"please confirm your (?:message|e-?mail)",
    r"confirm your message", r"auto[- ]?respon[ds]",
    r"(?:request|ticket|case|message|enquiry|inquiry) (?:has been |was )?(?:received|created"
    r"|opened)",
    r"(?:vielen )?dank für (?:ihre|deine)", r"merci (?:de|pour) (?:votre|nous)", r"gracias por",
    r"obrigad[oa] (?:pel|por)", r"grazie per", r"bedankt voor", r"tack för", r"takk? for",
    r"dziękujemy za", r"děkujeme za", r"ваше? (?:обращение|запрос|заявка)", r"お問い?合わ?せ",
    r"受付(?:完了|しました|いたしました)", r"感[谢謝]您的", r"접수(?:되었|완료)",
)  # fmt: skip

# Robots put a reason in front of the subject that they answer, and people do not.
_REASONS = (
    "auto", "urlaub", "abwesen(?:d|heit)", "nicht im (?:büro|haus)", "absen(?:ce|t)", "vacation",
    "holiday",
    "annual leave", "on (?:vacation|leave|holiday)", "away", "ooo", "vacaciones", "ausen(?:te|cia)",
    "aus[êe](?:nte|ncia)", "férias", "assente", "in ferie", "afwezig(?:heid)?", "niet op kantoor",
    "vakantie", "frånvarande", "semester", "fravær(?:ende)?", "ferie", "poissa", "lomalla",
    "poza biurem", "nieobecność", "urlop", "mimo kancelář", "nepřítomnost", "dovolená", "szabadság",
    "házon kívül", "în concediu", "în afara biroului", "vắng mặt", "ไม่อยู่(?:ที่สำนักงาน)?",
    "ลาพักร้อน", "sedang cuti", "отпуск", "отсутствие", "відпустка", "ofis dışında(?:yım)?",
    "izinde(?:yim)?", "εκτός γραφείου", "不在", "休暇", "外出", "休假", "부재중?", "휴가",
    "מחוץ למשרד", "خارج المكتب",
)  # fmt: skip
_ANSWERED = (
    r"(?:re|aw|antw|sv|vs|odp|ynt|rif|res|r|回[复覆復]|答[复覆]|返信|답장"
    r"|회신)\s{0,2}(?:\[\d+\])?[:：]"
)

_END = r"(?:\s{0,3}(?:[:：\]】)）\-–—|]|$)| (?:re|aw|sv|fwd?)\s?:)"
_PREFIX = re.compile(rf"\W{{0,4}}(?:{'|'.join(_PREFIXES)}){_END}", re.IGNORECASE)
_BEFORE_ANSWER = re.compile(
    rf"\W{{0,4}}(?:{'|'.join((*_PREFIXES, *_REASONS))})\W{{1,4}}{_ANSWERED}", re.IGNORECASE
)
_NAMES_MAIL = re.compile(
    rf"\W{{0,4}}(?:{'|'.join(_PREFIXES)})\s{{0,3}}[:：]\s{{0,3}}\S", re.IGNORECASE
)
_WORD = re.compile("|".join(_WORDS), re.IGNORECASE)


def announces_robot(subject: str) -> bool:
    """Whether a subject begins as mail programs begin automatic replies.

    People begin so too where they ask about such replies: it counts with another sign.
    """
    return _PREFIX.match(subject[:100]) is not None


def names_answered(subject: str) -> bool:
    """Whether such words stand before the subject of a mail: "Automatic reply: Order 12"."""
    return _NAMES_MAIL.match(subject[:150]) is not None


def announces_answer(subject: str) -> bool:
    """Whether a robot's words stand before a subject that is answered: "Auto-reply: Re: Order"."""
    return _BEFORE_ANSWER.match(subject[:100]) is not None


def speaks_of_absence(subject: str) -> bool:
    """Whether a subject says what automatic replies say; people say it too."""
    return _WORD.search(subject[:300]) is not None
