"""Lines that say: what follows is another mail."""

import re
from typing import Final

_RULE: Final = re.compile(r"[-_=*~·─━—–‐‑\s#+.]+")
# What a mail tracker for Gmail shows for its invisible picture.
_PIXEL: Final = "\u1427"
RULERS: Final = "-_=*~─━—–‐‑#+ \t\xa0"

# What stands between the dashes, in lower case and without them.
_ORIGINAL: Final = """
original message|original|original email|original e-mail|original mail|original text|
original appointment|ursprüngliche nachricht|ursprüngliche mail|ursprüngliche e-mail|
originalnachricht|original-nachricht|urspr. mitteilung|ursprüngl. mitteilung|
originalmitteilung|message original|message d'origine|message d’origine|mail original|
mensaje original|missatge original|correo original|mensagem original|messaggio originale|
messaggio original|oorspronkelijk bericht|oorspronkelijke bericht|origineel bericht|
wiadomość oryginalna|oryginalna wiadomość|wiadomość pierwotna|oprindelig meddelelse|
original meddelelse|oprindelig besked|opprinnelig melding|original melding|
originalmelding|ursprungligt meddelande|originalmeddelande|ursprungligt mail|
alkuperäinen viesti|původní zpráva|původní e-mail|pôvodná správa|eredeti üzenet|
mesaj original|mesajul original|mesajul iniţial|αρχικό μήνυμα|исходное сообщение|
первоначальное сообщение|оригинальное сообщение|пересылаемое сообщение|
пересланное сообщение|оригінальне повідомлення|початкове повідомлення|
вихідне повідомлення|оригинално съобщение|originalna poruka|izvorna poruka|
izvirno sporočilo|originaalsõnum|algkiri|sākotnējais ziņojums|pradinis laiškas|
özgün ileti|orijinal mesaj|orijinal ileti|asıl ileti|原始邮件|原始郵件|原邮件|原始信息|
原信息|原始訊息|元のメッセージ|オリジナルメッセージ|元のメール|원본 메시지|원본 메일|
원본메시지|원본 이메일|tin nhắn gốc|thư gốc|pesan asli|mesej asal|ข้อความต้นฉบับ|
ข้อความเดิม|הודעה מקורית|ההודעה המקורית|الرسالة الأصلية|رسالة أصلية|پیام اصلی|मूल संदेश|
upphafleg skilaboð|reply message|previous message|ursprungl. meddelande|原始消息|
回复的原邮件|回复邮件|回复的邮件
"""
_FORWARDED: Final = """
forwarded message|forwarded by|forwarded email|forwarded mail|forward|fwd|
begin forwarded message|weitergeleitete nachricht|weitergeleitete mail|
weitergeleitete e-mail|anfang der weitergeleiteten nachricht|
anfang der weitergeleiteten e-mail|message transféré|message transmis|
début du message transféré|début du message réexpédié|mensaje reenviado|mensaje remitido|
inicio del mensaje reenviado|comienzo del mensaje reenviado|messaggio inoltrato|
inizio messaggio inoltrato|mensagem encaminhada|mensagem reencaminhada|
início da mensagem encaminhada|início da mensagem reencaminhada|doorgestuurd bericht|
begin doorgestuurd bericht|doorgezonden bericht|begin van doorgestuurd bericht|
wiadomość przekazana dalej|przekazana wiadomość|przesłana wiadomość|wiadomość przekazana|
treść przekazanej wiadomości|początek przekazywanej wiadomości|videresendt meddelelse|
videresendt besked|start på videresendt besked|videresendt melding|videresendt e-post|
vidarebefordrat meddelande|vidarebefordrat mejl|vidarebefordrat brev|videresendt e-mail|
start på videresendt melding|välitetty viesti|edelleenlähetetty viesti|
välitetty viesti alkaa|přeposlaná zpráva|začátek přeposílané zprávy|preposlaná správa|
továbbított üzenet|mesaj redirecționat|mesaj redirecţionat|mesaj forwardat|
προωθημένο μήνυμα|пересланное сообщение|пересылаемое сообщение|
начало переадресованного сообщения|начало пересылаемого сообщения|переслане повідомлення|
перенаправлене повідомлення|препратено съобщение|proslijeđena poruka|prosleđena poruka|
posredovano sporočilo|edastatud kiri|pārsūtīts ziņojums|persiųstas laiškas|iletilen ileti|
iletilmiş mesaj|yönlendirilen ileti|iletilen mesaj|转发邮件|转发的邮件|轉寄郵件|
轉寄的郵件|已轉寄的郵件|转发邮件信息|转发的消息|開始轉寄郵件|开始转发的邮件|
转发的邮件开头|轉寄訊息|転送メッセージ|転送されたメッセージ|転送されたメール|
전달된 메시지|전달된 메일|전달받은 메일|thư được chuyển tiếp|thư đã chuyển tiếp|
pesan terusan|pesan yang diteruskan|ข้อความที่ส่งต่อ|הודעה שהועברה|رسالة معاد توجيهها|
الرسالة المعاد توجيهها|رسالة مُعاد توجيهها|رسالة محولة|پیام فوروارد شده|अग्रेषित संदेश|
missatge reenviat
"""


def _phrases(listed: str) -> frozenset[str]:
    return frozenset(one.strip() for one in listed.replace("\n", "").split("|") if one.strip())


_FORWARDS: Final = _phrases(_FORWARDED)
_PHRASES: Final = _phrases(_ORIGINAL) | _FORWARDS
_STARTS: Final = tuple(
    phrase for phrase in _PHRASES if phrase.startswith(("begin ", "anfang der", "forwarded by"))
)
_LONGEST: Final = 120


def is_rule(line: str) -> bool:
    """Whether `line` (bare) is nothing but a rule of dashes, underscores or the like."""
    return line == _PIXEL or (len(line) >= 3 and _RULE.fullmatch(line[:200]) is not None)


def names_a_mail(line: str) -> bool:
    """Whether `line` is "Original Message", "Forwarded message" or the like, dashes or none."""
    if len(line) > _LONGEST:
        return False
    inner = _inner(line)
    return inner in _PHRASES or inner.startswith(_STARTS)


def forwards(line: str) -> bool:
    """Whether `line` announces a mail that is passed on."""
    inner = _inner(line[:_LONGEST])
    return inner in _FORWARDS or inner.startswith(_STARTS)


def _inner(line: str) -> str:
    inner = line.replace("&nbsp;", " ").strip(RULERS)
    return inner.rstrip(":： ").strip(RULERS).lower()


def is_divider(line: str) -> bool:
    """Whether `line` alone suffices to say so: named between dashes, or followed by a colon."""
    framed = line[:2] == line[-2:] or line[0] in RULERS or line[-1] in ":："
    return framed and names_a_mail(line)
