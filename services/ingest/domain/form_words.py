"""The words of a form's page that are not in its settings, by language."""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "send": "Send", "required": "required", "choose": "Please choose",
        "thanks": "Thank you. We have your message and will answer you.",
        "faults": "Please look at what is marked below.",
        "missing": "Please fill this in.", "too-long": "At most {} characters, please.",
        "email": "This is no e-mail address.", "phone": "This is no telephone number.",
        "option": "Please choose one of these.", "file-type": "This type of file is not taken.",
        "virus": "The virus scanner has found something in this file.",
        "too-many": "At most {} files, please.", "trap": "Leave this empty",
        "again": "Files have to be chosen once more.",
    },
    "de": {
        "send": "Absenden", "required": "erforderlich", "choose": "Bitte wählen",
        "thanks": "Vielen Dank. Ihre Nachricht ist da, und wir antworten Ihnen.",
        "faults": "Bitte sehen Sie nach, was unten markiert ist.",
        "missing": "Bitte füllen Sie das aus.", "too-long": "Bitte höchstens {} Zeichen.",
        "email": "Das ist keine E-Mail-Adresse.", "phone": "Das ist keine Telefonnummer.",
        "option": "Bitte wählen Sie eines davon.",
        "file-type": "Dateien dieser Art werden nicht angenommen.",
        "virus": "Der Virenscanner hat in dieser Datei etwas gefunden.",
        "too-many": "Bitte höchstens {} Dateien.", "trap": "Bitte leer lassen",
        "again": "Dateien müssen noch einmal ausgewählt werden.",
    },
    "fr": {
        "send": "Envoyer", "required": "obligatoire", "choose": "Choisissez",
        "thanks": "Merci. Nous avons votre message et nous vous répondrons.",
        "faults": "Vérifiez les champs signalés ci-dessous.",
        "missing": "Ce champ est obligatoire.", "too-long": "{} caractères au plus.",
        "email": "Ce n'est pas une adresse électronique.",
        "phone": "Ce n'est pas un numéro de téléphone.", "option": "Choisissez dans la liste.",
        "file-type": "Ce type de fichier n'est pas accepté.",
        "virus": "L'antivirus a trouvé quelque chose dans ce fichier.",
        "too-many": "{} fichiers au plus.", "trap": "Laissez ce champ vide",
        "again": "Choisissez de nouveau les fichiers.",
    },
    "es": {
        "send": "Enviar", "required": "obligatorio", "choose": "Elija",
        "thanks": "Gracias. Tenemos su mensaje y le responderemos.",
        "faults": "Revise los campos señalados.",
        "missing": "Este campo es obligatorio.", "too-long": "Como máximo {} caracteres.",
        "email": "Esto no es una dirección de correo.",
        "phone": "Esto no es un número de teléfono.", "option": "Elija una de la lista.",
        "file-type": "Este tipo de archivo no se acepta.",
        "virus": "El antivirus ha encontrado algo en este archivo.",
        "too-many": "Como máximo {} archivos.", "trap": "Deje este campo vacío",
        "again": "Hay que volver a elegir los archivos.",
    },
}  # fmt: skip
"""All have the same keys."""


def language_for(accepted: str | None, fixed: str | None = None) -> str:
    """The page's language: the fixed one, else the best of Accept-Language (RFC 9110 §12.5.4)."""
    if fixed is not None and fixed in WORDS:
        return fixed
    wanted = sorted(_weighed((accepted or "")[:1000]), key=lambda one: -one[0])
    return next((code for weight, code in wanted if weight > 0 and code in WORDS), "en")


def _weighed(accepted: str) -> list[tuple[float, str]]:
    found = []
    for one in accepted.split(","):
        tag, _, parameter = one.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        found.append((weight, tag.strip().partition("-")[0].lower()))
    return found
