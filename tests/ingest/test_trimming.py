"""What a person wrote in a mail is told from what it answers, signs and passes on."""

import unicodedata

import pytest

from services.ingest.domain.trimming import trim

WROTE = "On Tue, Mar 5, 2024 at 9:41 AM Ada Reyes <ada@shop.example> wrote:"
CONFIDENTIAL = {
    "en": "This e-mail and any attachments are confidential and intended solely for the addressee. "
    "If you have received it in error, please notify the sender and delete it.",
    "de": "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der richtige Adressat "
    "sind oder diese E-Mail irrtümlich erhalten haben, informieren Sie bitte den Absender.",
    "fr": "Ce message et ses pièces jointes sont confidentiels et réservés à leur destinataire. "
    "Si vous l'avez reçu par erreur, merci d'avertir l'expéditeur et de le supprimer.",
    "es": "Este mensaje es confidencial y va dirigido a su destinatario. Si lo ha recibido por "
    "error, elimínelo y notifíquelo al remitente.",
    "it": "Questo messaggio è riservato al solo destinatario. Chi lo riceve per errore è pregato "
    "di cancellarlo e di avvisare il mittente.",
    "pt": "Esta mensagem é confidencial e destina-se ao seu destinatário. Se a recebeu por engano, "
    "apague-a.",
    "nl": "Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde. Hebt u het "
    "ten onrechte ontvangen, verwijder het dan.",
    "pl": "Ta wiadomość jest poufna i przeznaczona dla adresata. Jeżeli nie są Państwo adresatem, "
    "prosimy o jej usunięcie. Rozpowszechnianie jest zabronione.",
    "sv": "Detta meddelande är konfidentiellt och avsett för mottagaren. Har du fått det av "
    "misstag, radera det.",
    "ru": "Это сообщение конфиденциально и предназначено адресату. Если вы получили его по ошибке, "
    "удалите его.",
}


def test_answers_between_quotes_keep_the_quotes_they_answer() -> None:
    body = f"{WROTE}\n> Which lamp?\n\nThe green one.\n\n> And when?\n\nOn Monday.\n\n> Bye, Ada\n"
    trimmed = trim(body)
    assert trimmed.text == "> Which lamp?\n\nThe green one.\n\n> And when?\n\nOn Monday."
    assert trimmed.quoted == f"{WROTE}\n\n> Bye, Ada"


def test_words_above_and_below_one_quote_are_one_text() -> None:
    body = f"Dear Ada,\n\n{WROTE}\n> Which lamp?\n\nThe green one.\n"
    assert trim(body).text == "Dear Ada,\n\nThe green one."


def test_a_quote_without_attribution_stays_where_an_answer_follows() -> None:
    body = "> Which lamp?\n\nThe green one."
    assert trim(body).text == body


def test_quotes_below_the_words_go() -> None:
    assert trim("The green one.\n\n> Which lamp?\n> Ada").text == "The green one."


def test_bars_quote_too() -> None:
    assert trim(f"{WROTE}\n| Which lamp?\n| Ada\n\nThe green one.").text == "The green one."


def test_the_armour_of_a_signed_mail_goes() -> None:
    begin, end = "-----BEGIN PGP", "SIGNATURE-----"
    head = f"{begin} SIGNED MESSAGE-----\nHash: SHA256\n"
    body = f"{head}\nYes.\n{begin} {end}\n\nabc=\n-----END PGP {end}"
    assert trim(body).text == "Yes."


def test_letters_written_apart_from_their_accents_are_the_same_letters() -> None:
    head = unicodedata.normalize("NFD", "Le 5 mars 2024 à 09:41, Zoé Né a écrit :")
    assert trim(f"Oui.\n\n{head}\n\nLaquelle ?").text == "Oui."


def test_a_line_broken_off_from_a_quoted_one_is_no_answer() -> None:
    body = f"""Yes.

{WROTE}
> We have the lamp in three colours now, and each of them comes with a
plug for
> the country where you live.
"""
    assert trim(body).text == "Yes."


def test_an_attribution_that_is_quoted_halfway_is_one() -> None:
    body = "Yes.\n\nOn Tue, Mar 5, 2024 at 9:41 AM Ada Reyes <ada@shop.example\n> wrote:\n\n> Hm?\n"
    assert trim(body).text == "Yes."


@pytest.mark.parametrize("line", [WROTE, '05.03.2024, 09:41, "Ada Reyes" <ada@shop.example>:'])
def test_some_clients_put_the_quoted_words_behind_the_attribution(line: str) -> None:
    body = f"Yes.\n\nSent from Yahoo Mail on Android\n\n  {line}   Which lamp?\n\nAda"
    assert trim(body).text == "Yes."


@pytest.mark.parametrize("delimiter", ["-- ", "--", "—", "________"])
def test_a_signature_goes(delimiter: str) -> None:
    trimmed = trim(f"Yes.\n\n{delimiter}\nKim Doe\nHome Ltd.\n+44 20 7946 0000\n")
    assert trimmed.text == "Yes."
    assert "Home Ltd." in trimmed.quoted


def test_greetings_are_words_of_the_person() -> None:
    body = "Yes.\n\nBest regards,\nKim Doe"
    assert trim(body).text == body


def test_dashes_above_a_long_text_delimit_no_signature() -> None:
    body = "Two things.\n--\n" + "\n".join(f"This is line {number}." for number in range(40))
    assert trim(body).text == body


@pytest.mark.parametrize("language", CONFIDENTIAL)
def test_a_disclaimer_goes(language: str) -> None:
    trimmed = trim(f"Yes.\n\nKim\n\n{CONFIDENTIAL[language]}\n")
    assert trimmed.text == "Yes.\n\nKim"
    assert trimmed.quoted == CONFIDENTIAL[language]


@pytest.mark.parametrize(
    "footer",
    [
        "_______________________________________________\nusers mailing list\n"
        "users@lists.example\nhttps://lists.example/mailman/listinfo/users",
        "--\nYou received this message because you are subscribed to the group lamps.\n"
        "To unsubscribe from this group, send a mail to stop@lists.example.",
        "Virus-free. www.antivirus.example",
        "Please consider the environment before printing this e-mail.",
        "Bitte denken Sie an die Umwelt, bevor Sie diese E-Mail drucken.",
    ],
)
def test_footers_of_lists_and_programs_go(footer: str) -> None:
    assert trim(f"Yes.\n\n{footer}\n").text == "Yes."


@pytest.mark.parametrize(
    "warning",
    [
        "CAUTION: This email originated from outside of the organization. Do not click links.",
        "[EXTERNAL EMAIL]",
        "CAUTION - EXTERNAL: do not open attachments",
        "ATTENTION : ce courriel vient de l'extérieur de l'entreprise.",
        "UWAGA: wiadomość pochodzi z zewnątrz",
        "ACHTUNG: Diese E-Mail stammt von einem externen Absender!",
        "You don't often get email from kim@home.example. Learn why this is important",
    ],
)
def test_the_warning_of_a_gateway_is_not_the_person_speaking(warning: str) -> None:
    assert trim(f"{warning}\n\nWhere is my lamp?\n").text == "Where is my lamp?"


@pytest.mark.parametrize(
    "marker",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
        "Anfang der weitergeleiteten Nachricht:",
        "---------- Message transféré ---------",
        "Début du message transféré :",
        "---------- Mensaje reenviado ----------",
        "Inizio messaggio inoltrato:",
        "---------- Mensagem encaminhada ---------",
        "Begin doorgestuurd bericht:",
        "---------- Wiadomość przekazana dalej ---------",
        "Vidarebefordrat brev:",
        "-------- Пересылаемое сообщение --------",
        "---------- 转发邮件 ----------",
        "---------- 転送メッセージ ---------",
        "---------- 전달된 메일 ----------",
    ],
)
def test_a_forwarded_mail_gives_way_to_words_above_it_and_is_the_text_without(marker: str) -> None:
    mail = f"{marker}\nFrom: Lee <lee@home.example>\nDate: 5 March 2024\nSubject: Lamp\n\nIt broke."
    assert trim(f"Can you help Lee?\n\n{mail}\n").text == "Can you help Lee?"
    assert trim(f"{mail}\n").text == "It broke."
    assert trim(f"Sent from my iPhone\n\n{mail}\n").text == "It broke."


@pytest.mark.parametrize(
    "body",
    [
        "From: Lisbon\nTo: Porto\nDate: 5 March 2024\n\nPlease change my ticket to this.",
        "I wrote to you on 5 March 2024 at 9:41:\n\nPlease send the lamp.",
        "Am 5. März 2024 schrieb ich Ihnen:\n\nBitte senden Sie die Lampe.",
        "On 5 March 2024 I asked for three things:\n- a lamp\n- a plug\n- a bulb",
        "The shop wrote me a letter. What now: pay or wait?",
        "On 5 March 2024 at 9:41 your colleague wrote:\n\nThe lamp is on its way.",
        "Ihre Kollegin schrieb am 05.03.2024 um 9:41:\n\nDie Lampe ist unterwegs.",
        "Votre collègue m'a écrit le 5 mars 2024 :\n\nLa lampe arrive.",
        "Please redirect\nFrom: a@b.example\nTo: c@d.example\nThanks",
        "2024-03-05 10:00:01 ERROR a@b.example: no route\n\nWhat is this?",
        "Colours:\n| red | 3 |\n| green | 5 |\n\nThese, please.",
        "One thing.\n\n—\n\nAnother: when do you open?",
        "Subject to change: the date, 10:30.\n\nIs that right?",
        "Note: I will be away on Monday.\nTo: be sure, call me.",
        "Options:\n-----\nred\n-----\ngreen, please",
        "The log says:\n\n```\n> start\n-- \nOn 1/1/24, root wrote:\n```\n\nWhat is wrong?",
        "Name: Kim\nOrder: 4711\nDate: 5 March 2024\n\nWhere is it?",
        "1 < 2 > 0 @ noon: fine?\nThanks",
        "This offer of yours is confidential, isn't it?",
    ],
)
def test_words_that_resemble_a_quote_stay(body: str) -> None:
    assert trim(body).text == body


@pytest.mark.parametrize(
    "body",
    [
        "Sent from my iPhone",
        "> Which lamp?",
        f"{WROTE}\n> Which lamp?",
        WROTE,
        "-- \nKim",
        "---------- Forwarded message ---------",
        "From: a@b.example\nTo: c@d.example\nSubject: Lamp",
        CONFIDENTIAL["en"],
        "--",
        "```\n```",
    ],
)
def test_a_body_that_says_anything_never_gives_an_empty_text(body: str) -> None:
    assert trim(body).text.strip()


def test_white_space_inside_and_before_the_words_stays() -> None:
    assert trim("\n\n   an  indented   line \n\n\n\tand another\n\n").text == (
        "   an  indented   line \n\n\n\tand another"
    )
