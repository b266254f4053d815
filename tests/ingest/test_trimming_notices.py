"""What a customer says is told from the notices of companies and programs around it."""

import pytest

from services.ingest.domain.trimming import trim

CONFIDENTIAL = (
    "This e-mail and its attachments are confidential and intended for the addressee only.\n"
    "If you are not the addressee, please notify the sender and delete it."
)


@pytest.mark.parametrize(
    "words",
    [
        "how can I unsubscribe from this list? The link in it is dead.",
        "I tried to unsubscribe from your letters twice.",
        "Your shop says I am receiving this because I asked for it, and that is not true.",
        "my computer runs Avast antivirus and it does not let your program start.",
        "The file was checked for viruses by my son before I opened it.",
        "there is no attachment in this message, please notify me once it is there.",
        "I attached the wrong bill in error. Please delete this e-mail.",
        "Please delete the confidential report attached to this message, it was sent in error.",
        "ich habe die Anlagen versehentlich doppelt geschickt. Bitte löschen Sie diese Nachricht.",
        "wie kann ich den Rundbrief abbestellen? In jeder Mail steht: Sie erhalten diese E-Mail.",
        "J'ai envoyé ce message par erreur avec deux pièces jointes. Merci de les supprimer.",
        "Por error envié este mensaje con un adjunto confidencial. Hay que borrarlo.",
        "Ho ricevuto questo messaggio per errore, con un allegato riservato di un altro cliente.",
        "Ik heb dit bericht ten onrechte met een vertrouwelijke bijlage verstuurd.",
        "Wysłałem omyłkowo tę wiadomość z poufnym załącznikiem, adresat był inny.",
        "Я отправил это сообщение по ошибке, во вложении чужой договор, удалите его.",
        "我误发了这封邮件，附件是保密的，请删除。",
        "We received your e-mail in error. Please delete the report and notify the addressee.",
        "Wir haben diese E-Mail irrtümlich erhalten, der richtige Adressat heißt Lee.",
        "Hemos recibido este mensaje por error, el destinatario es otro cliente.",
        "Abbiamo ricevuto questo messaggio per errore, il destinatario è un altro cliente.",
        "Before you print, the preview is right, and then the printer stops.",
        "The page https://lists.example/mailman/listinfo/lamps shows nothing but an error.",
        "Unsubscribe from this newsletter, please.",
    ],
)
def test_a_customer_who_asks_or_speaks_of_themselves_is_no_notice(words: str) -> None:
    body = f"Hello,\n\n{words}"
    assert trim(body).text == body


@pytest.mark.parametrize(
    "notice",
    [
        CONFIDENTIAL,
        "Virus-free. www.scanner.example",
        "Garantiert virenfrei. www.scanner.example",
        "This message has been scanned for viruses and\ndangerous content by MailScanner.",
        "Esta mensagem foi verificada contra vírus pelo Avast.",
        "Please consider the environment before printing this e-mail.",
        "You received this message because you are subscribed to the group lamps.",
    ],
)
def test_words_directly_above_a_notice_stay(notice: str) -> None:
    assert trim(f"The green one.\n{notice}\n").text == "The green one."
    assert (
        trim(f"Can you send me the green one?\n{notice}\n").text == "Can you send me the green one?"
    )


@pytest.mark.parametrize(
    "words",
    [
        "Warning: the oven gets hot on the outside and there is smoke.",
        "Attention: external drive is not found.",
        "Achtung: externe Festplatte wird nicht erkannt.",
        "Attention : le disque externe ne marche plus.",
        "Atención: el disco externo no funciona.",
        "Uwaga: dysk zewnętrzny nie działa.",
        "Warning: external e-mail addresses are refused by your form.",
        "Caution: a mail from outside reached my account, is it yours?",
    ],
)
def test_a_customer_who_warns_is_no_gateway(words: str) -> None:
    body = f"{words}\n\nWhat now?"
    assert trim(body).text == body


@pytest.mark.parametrize(
    "words",
    [
        "Here is the photo of it,\nvon meinem Handy gesendet",
        "It happens on every page I open\nfrom my phone",
    ],
)
def test_a_sentence_that_ends_like_a_device_line_is_whole(words: str) -> None:
    assert trim(f"Hello,\n\n{words}\n").text == f"Hello,\n\n{words}"
