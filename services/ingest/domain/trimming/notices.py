"""What companies and programs put around a mail: disclaimers, list footers, virus checks."""

import re
from typing import Final

_LONGEST: Final = 6_000
_SHORTEST: Final = 60
_NEEDED: Final = 3


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
diese email|diese nachricht|diese mail|ce message|ce courriel|ce mail|cet e-mail|
cet email|este mensaje|este correo|este e-mail|este email|esta mensagem|questo messaggio|
questa e-mail|questa email|questa comunicazione|dit e-mail|dit bericht|deze e-mail|
deze email|ta wiadomość|niniejsza wiadomość|denne e-|denne melding|denne meddelelse|
denne mail|detta meddelande|detta e-post|detta mejl|tämä viesti|tämä sähköposti|
tato zpráva|tento e-mail|táto správa|ez az üzenet|ez az e-mail|acest mesaj|acest e-mail|
το παρόν|данное|это письмо|это сообщение|этот e-mail|цей лист|bu e-posta|bu mesaj|
bu ileti|本邮件|此邮件|本電子郵件|このメール|本メール|이 메일|본 메일
"""
_SAYINGS: Final = tuple(
    _words(one)
    for one in (
        _CONFIDENTIAL,
        _ADDRESSED,
        _FORBIDDEN,
        _IN_ERROR,
        _TO_DO,
        _LIABLE,
        _ATTACHED,
        _THIS_MAIL,
    )
)
# One of these alone suffices.
_FOOTERS: Final = _words("""
you received this message because|you received this email because|you are receiving this|
you're receiving this|you got this because|to unsubscribe from|to unsubscribe send|
to unsubscribe,|unsubscribe from this|manage your subscription|manage your notification|
list archives:|/mailman/|/listinfo|sie erhalten diese nachricht, weil|
sie haben diese nachricht erhalten, weil|sie erhalten diese e-mail, weil|
sie haben diese e-mail erhalten, weil|vous recevez ce message|vous recevez ce courriel|
vous recevez cet e-mail|para cancelar la suscripción|para cancelar tu suscripción|
virus-free.|virus free.|virenfrei.|sans virus.|libre de virus.|senza virus.|
privo di virus.|virusfrei.|virusvrij.|livre de vírus.|checked for viruses|
scanned for viruses|checked by avg|scanned by mailscanner|auf viren geprüft|
auf viren überprüft|gecontroleerd op virussen|avast antivirus|avast-antivirus|
stato analizzato con|environment before printing|before you print|
denken sie an die umwelt|umwelt, bevor sie|pensez à l'environnement|
pensez à l’environnement|avant d'imprimer|avant d’imprimer|antes de imprimir|
prima di stampare|pensa all'ambiente|denk aan het milieu|przed wydrukowaniem|
pomyśl o środowisku|tänk på miljön|tenk på miljøet|før du printer|před vytištěním|
перед тем как распечатать|yazdırmadan önce
""")
_OUTSIDE: Final = re.compile(
    r"[\[(<*]*(?:caution|warning|attention|external(?: e-?mail| sender)?|extern(?:e e-mail)?|"
    r"achtung|vorsicht|externe|attenzione|atención|let op|uwaga|be careful)\b"
    r".{0,160}\b(?:outside|external|"
    r"externe[nrms]?|außerhalb|extérieur\w*|extern[oa]|fuera|esterno|zewnątrz|zewnętrzn\w+)\b"
    r"|[\[(*]+external(?: e-?mail| sender)?[\])*]+$"
    r"|(?:you don['’]t often get e-?mail from|some people who received this message don['’]t often)"
    r"|(?:this|the) (?:message|e-?mail) (?:originated|came|was sent) from outside"
)


def is_notice(paragraph: str) -> bool:
    """Whether `paragraph`, the last one of a mail, was put there by a company or a program."""
    said = paragraph[:_LONGEST].lower()
    if any(words in said for words in _FOOTERS):
        return True
    if len(said) < _SHORTEST and said.isascii():
        return False
    return sum(any(word in said for word in words) for words in _SAYINGS) >= _NEEDED


def is_warning(paragraph: str) -> bool:
    """Whether `paragraph`, the first one of a mail, is a gateway's "this came from outside"."""
    return len(paragraph) <= 700 and _OUTSIDE.match(paragraph.lower()) is not None
