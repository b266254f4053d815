"""Words of what companies and programs put around a mail: disclaimers, list footers, virus checks.

All in lower case.
"""

from typing import Final


def _words(listed: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in listed.replace("\n", "").split("|"))


# A paragraph is a disclaimer if it says three of these things, whatever the language.
_CONFIDENTIAL: Final = """
confidential|vertraulich|confidentiel|confidencia|riservat|vertrouwelijk|poufn|fortrolig|
konfidentiell|sekretess|luottamuksel|důvěrn|dôvern|bizalmas|confidențial|confidenţial|
εμπιστευτικ|конфиденциал|конфіденцій|поверителн|povjerljiv|poverljiv|zaupn|gizli|保密|
机密|機密|秘密|기밀|rahasia|سري|סודי
"""
_ADDRESSED: Final = """
intended recipient|intended only|intended solely|intended for|solely for|addressee|
adressat|adressiert|vorgesehene empfänger|vorgesehenen empfänger|bestimmungsgemäß|
ausschließlich für|richtige adressat|destinataire|destinatari|destinatár|geadresseerde|
uitsluitend bestemd|adresata|adresatów|modtager|mottaker|mottagare|vastaanottaja|příjemc|
adresát|címzett|παραλήπτη|адресат|получател|одержувач|primatelj|primalac|naslovnik|alıcı|
收件人|收件者|宛先|受信者|수신자|수신인|penerima
"""
_FORBIDDEN: Final = """
unauthorised|unauthorized|unbefugt|nicht gestattet|nicht erlaubt|non autoris|interdit|
no autorizad|prohibid|non autorizzat|vietat|proibid|ongeoorloofd|niet toegestaan|verboden|
niedozwolon|zabronion|uautoris|forbud|obehörig|kielletty|neoprávněn|zakázan|tilos|
neautorizat|interzis|απαγορ|запрещ|заборон|забранен|zabranjen|yasak|disclos|disseminat|
strictly|禁止|금지|dilarang
"""
_IN_ERROR: Final = """
you have received|you are not|you received|in error|irrtümlich|irrtum|nicht der richtige|
versehentlich|par erreur|por error|per errore|por engano|abusievelijk|ten onrechte|
omyłkowo|pomyłk|ved en feil|ved en fejl|av misstag|erehdyksessä|omylem|tévedésből|
din greșeală|din eroare|κατά λάθος|ошибке|ошибочно|помилково|погрешка|greškom|pomotoma|
yanlışlıkla|误|誤|잘못|kesalahan
"""
_TO_DO: Final = """
notify|delete|destroy|vernichten|löschen|informieren sie|supprimer|détruire|avertir|
aviser|eliminar|elimine|borrar|notifi|distrugg|cancell|apag|verwijder|vernietig|usuń|
usunię|slett|slet|radera|poist|vymaž|smaz|smaž|töröl|șterge|διαγράψ|удалит|видал|изтри|
obriš|izbriš|silin|删除|刪除|削除|삭제|hapus
"""
_LIABLE: Final = """
privileged|legally|liability|liable|haftung|responsabilit|responsabilidad|aansprakelijk|
odpowiedzialno|ansvar|vastuu|odpovědnost|felelőss|răspunde|ответственност|sorumlu|virus|
viren
"""
_ATTACHED: Final = """
attachment|attached|anhänge|anlagen|pièces jointes|adjunto|allegat|anexo|bijlage|
załącznik|vedlegg|vedhæft|bilag|liittee|příloh|prílo|melléklet|atașament|συνημμέν|вложени|
додат|附件|添付|첨부
"""
_THIS_MAIL: Final = """
this email|this e-mail|this message|this communication|the message|diese e-mail|
diese email|diese nachricht|diese mail|dieser e-mail|dieser nachricht|ce message|
ce courriel|ce mail|cet e-mail|cet email|este mensaje|este correo|
este e-mail|este email|esta mensagem|questo messaggio|
questa e-mail|questa email|questa comunicazione|dit e-mail|dit bericht|deze e-mail|
deze email|ta wiadomość|niniejsza wiadomość|denne e-|denne melding|denne meddelelse|
denne mail|detta meddelande|detta e-post|detta mejl|tämä viesti|tämä sähköposti|
tato zpráva|tento e-mail|táto správa|ez az üzenet|ez az e-mail|acest mesaj|acest e-mail|
το παρόν|данное|это письмо|это сообщение|этот e-mail|цей лист|bu e-posta|bu mesaj|
bu ileti|本邮件|此邮件|本電子郵件|このメール|本メール|이 메일|본 메일
"""
SAYINGS: Final = tuple(
    _words(one)
    for one in (
        _CONFIDENTIAL,
        _ADDRESSED,
        _FORBIDDEN,
        _LIABLE,
        _IN_ERROR,
        _TO_DO,
        _ATTACHED,
        _THIS_MAIL,
    )
)
# The first of them are what companies say; customers too tell of attachments sent in error.
LEGAL: Final = 4
THIS_MAIL: Final = (*_words(_THIS_MAIL), "the information in this", "der inhalt dieser e-mail")
# A sentence that begins like one of these is a footer.
OPENINGS: Final = _words("""
you received this message because|you received this email because|
you received this e-mail because|you are receiving this because|you're receiving this because|
you are receiving this e-mail|you are receiving this email|you are receiving this message|
you're receiving this email|you got this because|to unsubscribe from|to unsubscribe send|
to unsubscribe,|list archives:|sie erhalten diese nachricht, weil|
sie haben diese nachricht erhalten, weil|sie erhalten diese e-mail, weil|
sie haben diese e-mail erhalten, weil|vous recevez ce message|vous recevez ce courriel|
vous recevez cet e-mail|para cancelar la suscripción|para cancelar tu suscripción|
virus-free.|virus free.|virenfrei.|sans virus.|libre de virus.|senza virus.|
privo di virus.|virusfrei.|virusvrij.|livre de vírus.|no virus found in this|think before you print
""")
# These are links, and the wish of a customer where they are none.
LINKED: Final = ("unsubscribe from this", "manage your subscription", "manage your notification")
# How the sentence begins in which a virus scanner names itself.
SCANNED: Final = (
    "checked",
    "scanned",
    "l'absence de virus",
    "el software de antivirus",
    "il software antivirus",
    "det här e-postmeddelandet",
    "ez az e-mail",
)
_VIRUS: Final = "virus|viren|vírus|wirus|вирус|вірус|avast|mailscanner|by avg"
_CHECKED: Final = """
check|scan|geprüft|überprüft|vérifi|analiz|analys|controll|kontroll|sprawdz|gecontroleerd|
verific|comprob|провер|перевір|sökts
"""
_ENVIRONMENT: Final = """
environment|umwelt|environnement|ambiente|milieu|środowisk|miljö|miljø|prostředí|окружающ|
природ|çevre|planet|trees
"""
_PRINTED: Final = """
print|druck|imprim|stampa|afdruk|druk|skriv ut|skriver ut|skriva ut|tisk|tišt|печат|yazdır
"""
_SPARED: Final = """
consider|think|protect|denken|denk |schützen|schonen|pensez|préserv|piense|pense|pensa|
rispett|pomyśl|chroń|tänk|tenk|tænk|mysl|подума|побереги|позабот|düşün|necess|nötig
"""
SCAN: Final = (_words(_VIRUS), _words(_CHECKED))
PRINTING: Final = (_words(_ENVIRONMENT), _words(_PRINTED), _words(_SPARED))
