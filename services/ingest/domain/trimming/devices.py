"""What phones and mail clients write under a mail: "Sent from my iPhone", in many languages."""

import re
from typing import Final

from services.ingest.domain.trimming import persons

_LONGEST: Final = 160
_LINK: Final = re.compile(
    r"\(\s?https?://\S+|<[^<>\s]{1,200}[:/@][^<>\s]{1,200}>|\]\([^)]{0,300}\)|https?:\S+"
)
_AROUND: Final = "()[]<>*_«»\"'.!|-–—~ \t\xa0"

# Stems: "iPhonesta", "Mobiltelefon" and "Mailbird" are covered by what may follow them.
_DEVICES: Final = (
    r"(?:i-?phon|i-?pad|i-?pod|apple|android|samsung|galaxy|huawei|xiaomi|redmi|nokia|htc|sony|"
    r"xperia|oneplus|motorola|pixel|oppo|lumia|blackberry|nexus|alcatel|smartphone|handy|mobil|"
    r"móvil|movil|celular|tele[fp]h?on|teléfono|téléphon|telemóvel|phone|portable|tablet|cell|"
    r"device|gerät|apparaat|enhet|enhed|dispositi|appareil|outlook|yahoo|gmail|hotmail|mail|"
    r"e-mail|k-9|thunderbird|airmail|spark|superhuman|proton|zoho|workspace|gmx|web\.de|t-online|aqua|"
    r"windows|mac|imac|spike|newton|edison|hey|tuta|type ?app|laptop|computer|pc|desktop|nine|"
    r"blue|canary|front|tiny keyboard|телефон|смартфон|устройств|планшет|айфон|андроид|почт|"
    r"пошт|яндекс|puhelime|laittee|cihaz|komórk|urządzeni|készülék|uređaj|naprav|poczt|pošt|"
    r"correo|posta|courrier|آیفون|أندرويد|آيفون|هاتف)\w*"
)
_MY: Final = (
    r"(?:my|mein|meinem|meiner|mon|ma|mi|mio|mia|meu|minha|mijn|mojego|mojej|min|mitt|mého|môjho|"
    r"mojega|mog|minun|моего|моей|мого|моєї|моя|مني|من)"
)
# The word for sending first: "Sent from …", "Envoyé de mon …".
_SENT: Final = (
    r"(?:sent|written|typed|gesendet|verschickt|versendet|geschrieben|envoyée?|écrit|"
    r"enviad[oa]|escrit[oa]|enviat|inviat[oa]|scritto|verzonden|verstuurd|wysłan[eoa]|skickat|"
    r"skickades|sendt|lähetetty|odesláno|odoslané|poslan[oé]|poslato|trimis|elküldve|küldve|"
    r"εστάλη|στάλθηκε|отправлено|послано|изпратено|надіслано|відправлено|послато|saadetud|"
    r"nosūtīts|sūtīts|išsiųsta|gönderildi|dikirim|(?:được |đã )?gửi|ส่งจาก|נשלח|أرسلت|أُرسلت|"
    r"تم الإرسال|ارسال شده)"
)
_BY: Final = (
    r"(?:from|via|with|using|by|on|through|von|vom|mit|aus|über|unterwegs|de|du|depuis|à partir|"
    r"avec|par|desde|des|con|dal?|dall|tramite|do|pelo|através|no|vanaf|vanuit|van|met|uit|ze?|za|przez|"
    r"från|fra|med|minun|zo|pomocou|din|από|με|с|со|из|от|через|із|з|s|sa|iz|iš|minu|dari|từ|bằng|"
    r"من|از)"
)
# The way of a letter, not a device: "Sent by mail on Monday".
_BY_POST: Final = r"(?!(?:by|via|par|per) (?:e-?mail|mail|phone|téléphone|post)\b(?![.-]))"
_EXCUSE: Final = r"[,;!].{0,30}\b(?:excuse|sorry|pardon|forgive|apolog|typo|brevity)"
_OPENED: Final = re.compile(
    rf"{_SENT}[\s:]+(?:\w+\s+)?{_BY_POST}{_BY}\b[^,;?!]{{0,80}}\b{_DEVICES}"
    rf"|{_SENT}[\s:]+{_BY}\s{_MY}\b[^,;?!]{{0,40}}(?:{_EXCUSE}.*)?$"
    rf"|sent (?:from|via|by|using) (?:my|a|the|mobile|galaxy)\b[^,;?!]{{0,40}}(?:{_EXCUSE}.*)?$"
    rf"|(?:lähetetty|dikirim|נשלח|أرسلت|أُرسلت|ส่งจาก)\s?.{{0,40}}{_DEVICES}"
)
# The word for sending last: "Von meinem iPhone gesendet", "iPhoneから送信".
_CLOSED: Final = re.compile(
    rf"(?:von|vom|mit|aus|über|diese (?:nachricht|e-mail|mail)|unterwegs|van|vanaf|fra|från)\b.*"
    rf"\b{_DEVICES}.*\b(?:gesendet|verschickt|geschrieben|versendet|verzonden|verstuurd|sendt)"
    rf"|.{{0,30}}\b{_DEVICES}.{{0,40}}(?:gönderildi|lähetetty|küldve|saadetud|skickat)"
    r"|.{0,40}(?:から送信(?:されました)?|より送信|で送信)"
    r"|(?:發自|发自|寄自|傳送自|发送自|發送自).{1,60}"
    r"|(?:来自|來自)\s?(?:我的|iphone|android|华为|小米|三星).{0,40}"
    r"|(?:從|从)\s?我的.{1,30}(?:傳送|发送|發送|寄出)"
    r"|(?:मेरे\s)?.{1,30} से भेजा गया"
    r"|.{1,40}에서 (?:보냄|전송|보낸 메일|전송됨)"
)
# Apologies for what phones do to words; one with a figure in it tells of something else.
_APOLOGY: Final = re.compile(
    r"(?:please )?(?:excuse|forgive|pardon)\b\D{0,40}"
    r"\b(?:typ\w+|brevity|spelling|errors|mistakes|autocorrect)\b(?!,? in )\D{0,60}"
)
# Advertisements of clients: "Get Outlook for iOS", with the verb first or last, or without it.
_MAILERS: Final = r"(?:outlook|spark|yahoo|bluemail|airmail|superhuman|aqua ?mail|gmail)(?:'u)?\b"
_SYSTEMS: Final = r"(?:systemu )?(?:ios|android|mac|windows|iphone|phone|mobile|desktop)\b"
_FOR: Final = (
    r"(?:for|für|pour|para|per a|per|pro|pre|voor|til|för|dla|для|за|za|pentru|για|cho|untuk|"
    r"สำหรับ|עבור|ל-|לـ|لنظام|لـ|ل|برای)"
)
_GET: Final = (
    r"(?:get|download|try|obten(?:ez|ir|er|ga)|obtén|obteniu|télécharger|holen sie sich|hol dir|"
    r"laden sie|descargar|ottieni|scarica|obter|obtenha|baixar|krijg|download|pobierz|hämta|"
    r"skaffa|få|hent|hanki|hankige|získejte|získat|získať|získajte|stáhněte|stáhnout|preuzmite|"
    r"prenesite|скачать|получить|получите|отримати|отримайте|завантажити|изтеглете|вземете|"
    r"obțineți|λήψη|αποκτήστε|tải|nhận|dapatkan|unduh|ดาวน์โหลด|รับ|קבל את|קבלו את|הורד את|"
    r"الحصول على|احصل على|تنزيل|دریافت|获取|取得|下载|下載)"
)
_ALSO: Final = rf"(?:\W+(?:and|und|et|y|e|og|och|en|i|и)\W+{_SYSTEMS})?"
_ADVERT: Final = re.compile(
    rf"{_GET}\s.{{0,20}}?\b{_MAILERS}(?:\s(?:mail|app))?\W{{1,4}}{_FOR}\W{{0,3}}{_SYSTEMS}{_ALSO}"
    rf"|(?:get|hent|få|获取|下载) ?\[?{_MAILERS} for {_SYSTEMS}"
    rf"|outlook {_FOR} {_SYSTEMS}{_ALSO}"
    r"(?:\s+(?:beziehen|herunterladen|laden|holen|downloaden|ophalen|hämta|letöltése))?"
    r"|(?:ios|android)\s?(?:版 outlook|용 outlook|için outlook).{0,30}"
    r"|(?:az )?outlook (?:letöltése|beszerzése) (?:ios|android)\b[\w -]{0,12}"
)
_OTHER: Final = re.compile(
    rf"(?:(?:mailed|e-?mailed|composed|tapped|dictated|posted|thumbed|swyped)\s)?"
    rf"from (?:my|a) {_DEVICES}.{{0,20}}|\S+ from mobile"
    r"|(?:secured|protected|encrypted) (?:with|by) (?:proton|tuta)\w*.{0,40}"
)
# Who sends, or when: a device tells neither.
_TOLD: Final = re.compile(
    r"(?<![\w'.@])(?:i|i'(?:ve|m|ll|d)|you|he|she|it|we|they|ich|du|er|sie|wir|ihr|j'ai|nous|vous|yo|"
    r"nosotros|io|noi|eu|nós|ik|wij|jag|jeg|vi|ja|já|я|мы|вы|minä|yesterday|today|last|gestern|heute|"
    r"ayer|hoy|ieri|oggi|ontem|hoje|gisteren|igår|wczoraj|dzisiaj|včera|вчера|сегодня|eilen|tegnap|"
    r"(?:mon|tues|wednes|thurs|fri)day|montag|lundi|lunes)(?![\w'])|^envoyée? hier\b"
)
_SORRY: Final = re.compile(
    r"excus|sorry|pardon|forgiv|apolog|typo|brevity|brief|entschuldig|kürze|fehler|brièveté|fautes|"
    r"disculp|brevedad|perdon|scus|brevità|descul|przepras|wybacz|извин|прости|ursäkt|undskyld|"
    r"unnskyld|fouten|anteeksi|omluv"
)
_MORE: Final = re.compile(r"[,!.]\s")
_MOST_MORE: Final = 4


def is_device_line(line: str) -> bool:
    """Whether `line` (bare) is what a device or a client adds, and no words of its owner."""
    if len(line) > 2 * _LONGEST:
        return False
    plain = _LINK.sub(" ", line).strip(_AROUND).replace("’", "'").lower()
    if not plain or len(plain) > _LONGEST:
        return False
    if _APOLOGY.fullmatch(plain) or _ADVERT.fullmatch(plain):
        return not persons.asks(line)
    found = _OPENED.match(plain) or _CLOSED.fullmatch(plain) or _OTHER.fullmatch(plain)
    return found is not None and not persons.asks(line) and not _tells(plain)


def _tells(plain: str) -> bool:
    """Whether somebody says what they did, or goes on to say more than an apology."""
    if _SORRY.search(plain):
        return False
    more = _MORE.split(plain, maxsplit=1)[1:]
    return _TOLD.search(plain) is not None or any(len(one.split()) > _MOST_MORE for one in more)
