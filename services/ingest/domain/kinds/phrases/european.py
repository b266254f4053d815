"""What mail servers say in more languages of Europe.

Czech, Slovak, Hungarian, Finnish, Estonian, Lithuanian, Latvian, Greek, Romanian, Danish, Swedish,
Norwegian, Icelandic, Polish, Ukrainian, Russian, Bulgarian, Croatian, Serbian, Slovenian, Catalan.
"""

EUROPEAN: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "mailbox-full",
        (
            r"(?:schránk|skrzynk|sandučić|predal|pretinac)\w*(?: \S{1,40}){0,4} (?:je |jest "
            r")?(?:plná|pln[ýaá]|přeplněn\w*|preplnen\w*|pełn\w*|przepełnion\w*|poln|pun)\b",
            r"(?:překročen\w*|prekročen\w*|przekroczon\w*)(?: \S{1,20}){0,3} (?:kvót|limit"
            r"|przydział|rozmiar)\w*",
            r"(?:kvót|limit)\w*(?: \S{1,20}){0,3} (?:překročen|prekročen|przekroczon)",
            r"(?:postafiók|postaláda)\w*(?: \S{1,40}){0,4} (?:megtelt|tele)\b",
            r"kvóta(?: \S{1,20}){0,2} túllép",
            r"(?:postilaatikko|saapuneet)\w*(?: \S{1,40}){0,4} (?:on )?(?:täynnä|täysi)",
            r"levytila(?: \S{1,20}){0,2} (?:on )?(?:täynnä|ylit)",
            r"postkast\w*(?: \S{1,40}){0,3} (?:on )?täis",
            r"pašto dėžutė(?: \S{1,40}){0,3} (?:pilna|perpildyta)",
            r"pastkaste(?: \S{1,40}){0,3} (?:ir )?pilna",
            r"(?:γραμματοκιβώτι|θυρίδ|εισερχόμεν)\w*(?: \S{1,40}){0,4} (?:είναι )?(?:γεμάτ"
            r"|πλήρ)\w*",
            r"(?:căsuța|cutia|casuta)(?: \S{1,40}){0,5} (?:este )?plină",
            r"(?:căsuța|cutia|casuta)(?: \S{1,40}){0,5} (?:este )?plina",
            r"(?:postkass[ea]|postlåda|inkorg|innboks|indbakke|brevlåda)\w*(?: \S{1,40}){0,4} "
            r"(?:är |er )?(?:fuld|full|overfylt)\w*",
            r"pósthólf\w*(?: \S{1,40}){0,4} (?:er )?fullt",
            r"(?:скриньк|скриня|кутия|сандуч)\w*(?: \S{1,40}){0,4} (?:є )?(?:переповнен|заповнен"
            r"|пълна|препълнен|пун)\w*",
            r"b[úu]stia(?: \S{1,40}){0,4} (?:és |està )?plena",
        ),
    ),
    (
        "disabled",
        (
            r"(?:účet|účt|schránka|konto|skrzynka|fiók|tili|račun|nalog)\w*(?: \S{1,40}){0,4} "
            r"(?:zablokov[aá]n|deaktivov|zakázán|pozastaven|zablokowan|nieaktywn|zawieszon|letiltva"
            r"|felfüggeszt|inaktív|suljettu väliaikaisesti|poistettu käytöstä|onemogućen"
            r"|blokiran)\w*",
            r"(?:kont|konto)\w*(?: \S{1,40}){0,3} (?:är |er )?(?:inaktiver|deaktiver|spärra"
            r"|sperre|spærre)\w*",
            r"(?:λογαριασμός|contul)(?: \S{1,40}){0,4} (?:απενεργοποι|ανενεργ|dezactivat"
            r"|suspendat|blocat)\w*",
            r"(?:обліков\w+ запис|скриньк\w*|акаунт\w*)(?: \S{1,40}){0,4} (?:заблокован|вимкнен"
            r"|деактивиран|блокиран)\w*",
        ),
    ),
    (
        "moved",
        (
            r"(?:již |už )?(?:zde |tu |u nás )nepracuje", r"už nepracuje", r"nie pracuje już",
            r"już nie pracuje",
            r"már nem dolgozik", r"ei (?:ole enää|työskentele enää)",
            r"(?:arbetar|jobbar|arbejder|jobber) (?:inte längre|ikke (?:længere|lenger))",
            r"nu mai lucrează", r"δεν εργάζεται πλέον", r"більше не працює", r"больше не работает",
            r"уволил(?:ся|ась)", r"више не ради", r"ne radi više",
            r"arbeitet nicht mehr", r"nicht mehr (?:bei uns|im unternehmen|tätig)",
            r"ne (?:travaille|fait) plus",
            r"a quitté (?:la |notre )?(?:société|entreprise|l'entreprise)",
            r"ya no trabaja", r"não trabalha mais", r"non lavora più",
            r"werkt (?:hier )?niet (?:meer|langer)", r"niet meer werkzaam",
        ),
    ),
    (
        "unknown-host",
        (
            r"dom[eé]n\w*(?: \S{1,60}){0,3} (?:neexistuje|nebyla nalezena|nenalezena|nenájden"
            r"|nie istnieje|nie znaleziono)",
            r"(?:domén|tartomány)\w*(?: \S{1,60}){0,3} (?:nem létezik|nem található|ismeretlen)",
            r"verkkotunnus\w*(?: \S{1,60}){0,3} ei (?:ole|löydy|löytynyt)",
            r"dom[æä]n\w*(?: \S{1,60}){0,3} (?:findes ikke|finnes ikke|finns inte|hittades inte"
            r"|blev ikke fundet|ble ikke funnet)",
            r"domeniul(?: \S{1,60}){0,3} nu (?:există|a fost găsit|exista)",
            r"τομέας(?: \S{1,60}){0,3} δεν (?:υπάρχει|βρέθηκε)",
            r"домен(?: \S{1,60}){0,3} (?:не існує|не знайдено|не постои|не съществува)",
        ),
    ),
    (
        "unknown-user",
        (
            # Czech, Slovak, Polish
            r"neexistuj",
            r"neznám[ýáéy] (?:\S{1,20} )?(?:uživatel|příjemce|adresát|adresa|užívateľ|príjemca"
            r"|používateľ|schránka)",
            r"(?:uživatel|příjemce|adresát|adresa|schránka|používateľ|príjemca|užívateľ)(?: "
            r"\S{1,40}){0,4} (?:neznám|nenalezen|nenájden|nebyl[ao]? nalezen|neplatn|nie je "
            r"známy)\w*",
            r"(?:nebyl|nebol)[ao]? (?:\S{1,40} ){0,3}(?:nalezen|nájden)",
            r"takov[ýá] (?:uživatel|adresa|schránka)", r"nie istniej",
            r"nie (?:ma takiego|znaleziono)", r"nieznany (?:użytkownik|odbiorca|adres)",
            # Hungarian
            r"nincs ilyen", r"ismeretlen (?:felhasznál|címzett|cím|postafiók)",
            r"(?:felhasználó|címzett|postafiók|cím|fiók)\w*(?: \S{1,40}){0,4} (?:nem létezik|nem "
            r"található|ismeretlen|érvénytelen)", r"nem létező (?:felhasznál|cím|postafiók)",
            r"nem található",
            # Finnish, Estonian
            r"ei löyd[yt]|ei löytynyt",
            r"(?:tuntematon|virheellinen) (?:käyttäjä|vastaanottaja|osoite)",
            r"(?:käyttäjä|vastaanottaja|osoite|postilaatikko)\w*(?: \S{1,40}){0,3} (?:on "
            r"tuntematon|ei ole (?:olemassa|voimassa))", r"ei ole olemassa",
            r"(?:tundmatu|vigane) (?:kasutaja|saaja|adressaat|aadress)",
            r"(?:kasutajat|aadressi|saajat)(?: \S{1,40}){0,3} ei (?:leitud|eksisteeri|ole)",
            # Lithuanian, Latvian
            r"(?:vartotojas|gavėjas|adresas)(?: \S{1,40}){0,3} (?:neegzistuoja|nerastas|nežinomas)",
            r"nežinomas (?:vartotojas|gavėjas)",
            r"(?:lietotājs|saņēmējs|adrese)(?: \S{1,40}){0,3} (?:neeksistē|nav atrast|nav "
            r"zināms)\w*", r"nezināms (?:lietotājs|saņēmējs)",
            # Greek
            r"(?:ο χρήστης|παραλήπτης|διεύθυνση|χρήστης|γραμματοκιβώτιο)(?: \S{1,40}){0,4} "
            r"(?:δεν (?:υπάρχει|βρέθηκε|είναι έγκυρ)|άγνωστ)\w*",
            r"άγνωστος (?:χρήστης|παραλήπτης)", r"δεν (?:υπάρχει|βρέθηκε)",
            # Romanian
            r"nu (?:există|exista|a fost găsit|a fost gasit|a putut fi găsit)",
            r"(?:utilizator|destinatar|adres[ăa])(?: \S{1,40}){0,3} (?:necunoscut|inexistent"
            r"|invalid)\w*", r"inexistent[ăa]?\b",
            # Danish, Norwegian, Swedish, Icelandic
            r"(?:ukendt|ukjent|okänd) (?:bruger|modtager|mottak|mottag|adress|användar"
            r"|postkass)\w*", r"(?:findes|finnes|finns) (?:ikke|inte)",
            r"(?:blev|ble|kunne) ikke (?:fundet|funnet|findes|finnes)", r"hittades inte",
            r"eksister(?:er|ar) (?:ikke|inte)", r"existerar inte",
            r"(?:notandi|viðtakandi|netfang)\w*(?: \S{1,40}){0,3} (?:fannst ekki|er ekki til"
            r"|óþekkt)\w*",
            # Ukrainian, Russian, Bulgarian, Serbian, Croatian, Slovenian
            r"не існує", r"не знайдено",
            r"(?:невідом|неіснуюч)\w+ (?:користувач|одержувач|адрес|отримувач)",
            r"(?:користувач|одержувач|отримувач|адрес)\w*(?: \S{1,40}){0,4} (?:не знайден"
            r"|невідом)\w*", r"не (?:был |была )?(?:найден|обнаружен)", r"нет такого",
            r"не съществува", r"не (?:е|беше) намерен",
            r"непознат (?:потребител|получател|корисник)", r"не постоји", r"ne postoji",
            r"nije pronađen", r"nepoznat (?:korisnik|primatelj|primalac)", r"ne obstaja",
            r"ni (?:bil )?(?:mogoče )?naj(?:den|ti)", r"neznan (?:uporabnik|prejemnik)",
            # Catalan
            r"(?:usuari|destinatari|adreça|bústia)(?: \S{1,40}){0,4} (?:desconegu|no existeix"
            r"|inexistent|no s'ha trobat)\w*", r"no existeix",
        ),
    ),
)  # fmt: skip

NOT_FOUND: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "unknown-user",  # where a notice names the person alone, as in "bob wurde nicht gefunden"
        (
            r"(?:wurde|konnte) (?:\S{1,60} ){0,5}nicht gefunden", r"n'a pas été trouvé",
            r"n'a pas pu être trouvé", r"n'existe (?:pas|plus)",
            r"n'a pas été trouvée", r"est introuvable",
            r"impossibile trovare (?:l'|il )?(?:indirizzo|destinatario|utente)",
            r"не удалось найти", r"не вдалося знайти", r"se nenašl[ao]", r"sa nenašl[ao]",
            r"gick inte att hitta", r"finner ikke", r"finder ikke",
            r"kan niet (?:\S{1,20} ){0,2}vinden",
            r"no se (?:ha )?encontr(?:ó|ado)", r"no existe\b",
            r"n[aã]o (?:foi|p[oô]de ser) encontrad", r"n[aã]o existe\b",
            r"non (?:è stat[oa] )?trovat[oa]", r"non esiste",
            r"(?:is|kan|kon) niet (?:\S{1,20} )?gevonden", r"bestaat niet",
            r"で(?:は)?見つかりません", r"が見つかりません", r"存在しません", r"找不到",
            r"찾을 수 없", r"존재하지 않",
        ),
    ),
)  # fmt: skip
