"""What phones and mail clients write under a mail: "Sent from my iPhone", in many languages."""

import re
from typing import Final

_LONGEST: Final = 160
_LINK: Final = re.compile(
    r"\(?<?\bhttps?://\S+|<[^<>\s]{1,200}[:/@][^<>\s]{1,200}>|\]\([^)]{0,300}\)|https?:\S+"
)

_DEVICES: Final = (
    r"i-?phone|i-?pad|i-?pod|apple|android|samsung|galaxy|huawei|xiaomi|redmi|nokia|htc|sony|xperia|"
    r"oneplus|motorola|pixel|oppo|honor|lumia|blackberry|palm|nexus|alcatel|smartphone|handy|"
    r"mobil\w*|móvil|movil|celular|telefon\w*|teléfono|téléphone|telefoon|telemóvel|phone|portable|"
    r"tablet\w*|cell|device|gerät|mobilgerät|apparaat|dispositi\w+|appareil|outlook|yahoo|gmail|"
    r"hotmail|mailbox|mail|mails|e-mail|email|k-9|thunderbird|airmail|spark|superhuman|proton\w*|"
    r"zoho|gmx|web\.de|t-online|aqua|windows|mac|macbook|imac|spike|newton|edison|hey|tutanota|tuta|"
    r"laptop|computer|pc|desktop|nine|bluemail|blue|canary|polymail|front|mobilní\w*|mobilu|"
    r"телефон\w*|смартфон\w*|устройств\w*|планшет\w*|айфон\w*|андроид\w*|почт\w+|яндекс\w*|"
    r"puhelimesta\w*|puhelime\w*|laittee\w*|telefonum\w*|cihaz\w*|komórk\w*|urządzeni\w*|készülék\w*"
)
# The word for sending at the beginning: "Sent from …", "Envoyé de mon …".
_OPENING: Final = (
    r"sent|gesendet|verschickt|versendet|envoyé|envoyée|enviado|enviada|enviat|inviato|inviata|"
    r"scritto|verzonden|verstuurd|wysłane|wysłano|wysłana|skickat|skickades|sendt|lähetetty|odesláno|"
    r"odoslané|poslano|poslato|poslané|trimis|elküldve|küldve|küldte|εστάλη|στάλθηκε|αποστολή από|"
    r"отправлено|послано|изпратено|надіслано|відправлено|послато|saadetud|nosūtīts|išsiųsta|gönderen|"
    r"gönderildi|dikirim|được gửi|gửi|ส่งจาก|נשלח|أرسلت|أُرسلت|مرسل|تم الإرسال|ارسال|फ़ोन|send|"
    r"written|typed|escrito|écrit|geschrieben"
)
_LINKING: Final = (
    r"from|via|with|using|by|on|through|von|vom|mit|aus|über|unterwegs|de|du|depuis|à partir|avec|"
    r"par|desde|con|dal|da|dall|del|tramite|do|pelo|através|com|no|van|vanaf|met|uit|z|ze|za|przez|"
    r"från|fra|med|via|minun|iphonesta|z|zo|pomocou|din|a|az|από|με|с|со|из|от|через|з|із|от|sa|s|"
    r"iz|iš|no|mu|minu|ile|dari|menggunakan|từ|bằng|מ|מה|من|از|my|mein|mon|mi"
)
_OPENED: Final = re.compile(
    rf"(?:{_OPENING})[\s:]+(?:\w+\s+){{0,2}}?(?:{_LINKING})\b.*\b(?:{_DEVICES})\b"
    rf"|(?:sent|send) (?:from|via|by|using) (?:my|a|the|mobile|galaxy)\b"
    rf"|(?:{_OPENING})[\s:]+(?:{_LINKING})\s+(?:my|meinem|meiner|mon|ma|mi|mio|mia|meu|minha|mijn|"
    r"mojego|mojej|min|mitt|mého|môjho|meu|moje|моего|моей|мого|моїй|моя|uređaja)\b"
    r"|(?:lähetetty|skickat|sendt|wysłane|odesláno|נשלח|أرسلت|ส่งจาก)\b.{0,40}\b"
    rf"(?:{_DEVICES})"
)
# The word for sending at the end: "Von meinem iPhone gesendet", "iPhoneから送信".
_CLOSED: Final = re.compile(
    rf"(?:von|vom|mit|aus|über|diese (?:nachricht|e-mail|mail)|unterwegs|van|vanaf|fra|från)\b.*"
    rf"\b(?:{_DEVICES})\b.*\b(?:gesendet|verschickt|geschrieben|versendet|verzonden|verstuurd|sendt|skickat)"
    rf"|.*\b(?:{_DEVICES})\b.{{0,40}}(?:gönderildi|lähetetty|küldve|elküldve|saadetud|skickat)"
    r"|.{0,40}(?:から送信|より送信|から送信されました|で送信)|(?:從我的|从我的|发自|發自|来自|來自|寄自|傳送自).{0,60}"
    r"|.{0,40}(?:에서 보냄|에서 전송|에서 보낸|발송됨)"
    r"|.{0,40}(?:傳送|发送|發送|寄出)"
)
_OTHER: Final = re.compile(
    rf"(?:get|download|try|obtenez|télécharger|holen sie sich|hol dir|laden sie|obtener|obtén|obtenga|"
    rf"descargar|ottieni|scarica|obter|obtenha|baixar|download|krijg|pobierz|hämta|skaffa|få|hent|hanki|"
    rf"získejte|stáhněte|získajte|скачать|получить|отримати|завантажити|obțineți|λήψη|获取|取得|下载)\b.{{0,20}}"
    rf"\b(?:outlook|spark|yahoo|bluemail|airmail|superhuman|aqua mail|gmail)\b.{{0,60}}"
    rf"|(?:\S+\s)?from (?:my |a )?(?:{_DEVICES})\b.{{0,20}}"
    rf"|(?:\S+\s)?via (?:mobile|my|phone)\b.{{0,20}}"
    r"|(?:please )?(?:excuse|forgive|pardon|ignore)\b.{0,40}\b(?:typ\w+|brevity|spelling|errors|mistakes)\b.{0,60}"
    r"|(?:secured|protected|encrypted) (?:with|by) (?:proton|tuta)\w*.{0,40}"
    r"|outlook (?:for|für|pour|para|per|voor|til|för) (?:android|ios|mac)\b.{0,40}"
    r"|(?:获取|取得|下载|發自|发自).{0,12}outlook.{0,20}"
    r"|iphone(?:版)?(?:のメール|から).{0,20}"
)
_FIRST_OTHER: Final = 6


def is_device_line(line: str) -> bool:
    """Whether `line` (bare) is what a device or a client adds, and no words of its owner."""
    if len(line) > _LONGEST * 2:
        return False
    plain = _LINK.sub(" ", line).strip("()[]<>*_«»\"'.!|-–—~ \t\xa0").lower()
    if not plain or len(plain) > _LONGEST:
        return False
    return bool(_OPENED.match(plain) or _CLOSED.fullmatch(plain) or _OTHER.fullmatch(plain))
