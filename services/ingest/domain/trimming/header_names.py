"""What mail clients call the header lines of a mail that they quote, in the languages they speak.

The names are those that Outlook (desktop, web, mobile), Apple Mail, Gmail, Yahoo, Thunderbird,
Zimbra, Lotus Notes, GMX, QQ and Samsung's client write, in lower case.
"""

from typing import Final

FROM: Final = "from"
DATE: Final = "date"
TO: Final = "to"
SUBJECT: Final = "subject"
OTHER: Final = "other"

_FROM: Final = """
from|von|absender|de|expéditeur|remitente|remetente|emisor|da|mittente|van|afzender|od|
nadawca|fra|från|avsändare|afsender|avsender|lähettäjä|odesílatel|odosielateľ|feladó|
küldő|de la|expeditor|από|αποστολέας|от|от кого|отправитель|від|від кого|відправник|
подател|од|šalje|pošiljatelj|pošiljatelj/ica|pošiljalec|saatja|no|sūtītājs|nuo|siuntėjas|
kimden|gönderen|发件人|寄件者|寄件人|發件人|发信人|差出人|送信者|送信元|보낸 사람|
보낸사람|보낸이|발신|발신자|จาก|từ|người gửi|dari|daripada|pengirim|frá|מאת|من|المرسل|از|
فرستنده|प्रेषक|de part de|nga|кімнен|from (email)
"""
_DATE: Final = """
date|sent|sent at|sent on|date sent|datum|gesendet|gesendet am|envoyé|envoyé le|envoyée|
date d'envoi|date d’envoi|enviado|enviado el|enviado em|enviada em|enviada|enviado o|enviat|fecha|
fecha de envío|data|data de envio|inviato|inviato il|data invio|data di invio|verzonden|
verzonden op|verstuurd|wysłano|wysłane|data wysłania|sendt|sendt den|dato|skickat|
lähetetty|päivämäärä|päiväys|pvm|odesláno|odoslané|poslané|dátum|elküldve|küldve|trimis|
dată|ημερομηνία|ημ/νία|στάλθηκε|εστάλη|дата|отправлено|дата отправки|послано|изпратено|
надіслано|відправлено|poslano|poslato|послато|датум|saadetud|kuupäev|nosūtīts|datums|
išsiųsta|gönderilme tarihi|gönderildi|gönderim tarihi|gönderilen|tarih|发送时间|发送日期|
發送時間|日期|时间|時間|寄件日期|傳送日期|寄件時間|傳送時間|寄送時間|送信日時|日時|日付|
送信日|보낸 날짜|보낸날짜|보냄|날짜|보낸 시간|발송일|일시|ngày|đã gửi|gửi|ngày gửi|
vào lúc|dikirim|tanggal|terkirim|dihantar|tarikh|ส่ง|วันที่|ส่งเมื่อ|sent:|dagsetning|
נשלח|תאריך|تاريخ|التاريخ|تاريخ الإرسال|أرسلت|تم الإرسال|أُرسلت|تاریخ|ارسال|दिनांक|
भेजा गया|жіберілген|dërguar|received|empfangen|reçu
"""
_TO: Final = """
to|an|empfänger|à|a|destinataire|destinatario|destinatário|para|per|aan|ontvanger|do|
adresat|til|till|mottagare|modtager|mottaker|vastaanottaja|kenelle|komu|pre|příjemce|
címzett|către|catre|προς|παραλήπτης|кому|получатель|до|за|za|primatelj|prima|kam|saaja|
kellele|adresāts|kime|alıcı|收件人|收件者|收信人|宛先|送信先|받는 사람|받는사람|받는이|
수신|수신자|ถึง|đến|tới|người nhận|kepada|ke|untuk|אל|ל|إلى|الى|المستلم|به|گیرنده|प्रति|
til:|për|kime:|кімге
"""
_SUBJECT: Final = """
subject|betreff|betr|objet|sujet|asunto|oggetto|assunto|onderwerp|temat|emne|ämne|aihe|
předmět|predmet|tárgy|subiect|subiectul|θέμα|тема|предмет|относно|наслов|naslov|zadeva|
tema|teema|tēma|temats|konu|主题|主題|主旨|标题|標題|件名|題名|제목|chủ đề|tiêu đề|
perihal|subjek|judul|เรื่อง|หัวเรื่อง|efni|נושא|הנושא|الموضوع|موضوع|विषय|assumpte|asunto:|
gaia|subjekt|subyek|тақырып
"""
_OTHER: Final = """
cc|c.c.|bcc|kopie|kopie (cc)|kopi|copie|copie à|cci|copia|con copia|cópia|com cópia|kopia|
do wiadomości|dw|kópia|kopio|másolat|másolatot kap|κοιν|κοινοποίηση|копия|копія|копие|
kopija|koopia|bilgi|抄送|副本|密件副本|참조|สำเนา|đồng gửi|salinan|tembusan|עותק|نسخة|
رونوشت|reply-to|reply to|antwort an|antworten an|répondre à|responder a|respuesta|
risposta|rispondi a|antwoord aan|svar til|svara till|回复|返信先|답장|importance|
wichtigkeit|importancia|priority|priorität|importanza|sensitivity|attachments|anlagen|
anhänge|attachment|pièces jointes|allegati|adjuntos|bijlagen|附件|添付ファイル|
resent-from|organization|message-id|in reply to|please respond to|delivered-to|newsgroups|
x-mailer
"""


def _names(listed: str) -> list[str]:
    return [name.strip().rstrip(":") for name in listed.replace("\n", "").split("|")]


# Names that mean different things in two languages ("no", "a", "per") are decided by their company.
ROLES: Final[dict[str, str]] = {
    name: role
    for role, listed in (
        (OTHER, _OTHER),
        (TO, _TO),
        (DATE, _DATE),
        (SUBJECT, _SUBJECT),
        (FROM, _FROM),
    )
    for name in _names(listed)
    if name
}
LONGEST: Final = max(map(len, ROLES))
