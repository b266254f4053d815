"""What mail servers say in other languages.

German, French, Spanish, Portuguese, Italian, Dutch, Polish, Scandinavian, Russian, Japanese,
Chinese, Korean, Turkish and Arabic.
"""

ABROAD: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "mailbox-full",
        (
            r"postfach (?:\S{1,30} ){0,4}(?:ist )?(?:voll|überfüllt)",
            r"(?:quota|speicherplatz|kontingent|speicherlimit)(?: \S{1,20}){0,4} "
            r"(?:überschritten|erschöpft|ausgeschöpft|erreicht)",
            r"überfülltes postfach", r"bo[iî]te(?: \S{1,20}){0,5} (?:est )?(?:pleine|saturée)",
            r"quota(?: \S{1,15}){0,3} (?:dépassé|atteint|depasse)",
            r"espace (?:\S{1,12} )?insuffisant", r"buz[oó]n(?: \S{1,20}){0,4} (?:está )?lleno",
            r"(?:cuota|espacio)(?: \S{1,15}){0,5} (?:excedid[ao]|superad[ao]|llen[ao]|agotad[ao])",
            r"bandeja de entrada(?: \S{1,15}){0,4} llena",
            r"caixa(?: \S{1,20}){0,5} (?:est[áa] )?(?:cheia|lotada)",
            r"(?:cota|quota)(?: \S{1,15}){0,5} (?:excedida|ultrapassada|esgotada)",
            r"casella(?: \S{1,20}){0,5} (?:è )?piena",
            r"(?:quota|spazio)(?: \S{1,15}){0,5} (?:superata|esaurit[oa]|insufficiente)",
            r"mailbox(?: \S{1,15}){0,3} (?:is )?vol\b", r"postvak(?: \S{1,15}){0,5} vol\b",
            r"skrzynk[aię](?: \S{1,15}){0,4} (?:jest )?(?:pełna|przepełniona)",
            r"(?:ящик|почтовый ящик)(?: \S{1,20}){0,4} (?:переполнен|заполнен)",
            r"превышен\w*(?: \S{1,15}){0,3} (?:квот|лимит|размер\w* ящик)",
            r"メールボックス.{0,20}(?:一杯|いっぱい|満杯|容量)",
            r"容量.{0,12}(?:超え|超過|不足|オーバー)", r"受信箱.{0,10}(?:一杯|いっぱい)",
            r"(?:邮箱|信箱|郵箱|收件箱).{0,12}(?:已满|满了|已滿|空间不足|容量)",
            r"메일함.{0,12}(?:가득|용량)", r"posta kutusu.{0,15}dolu",
        ),
    ),
    (
        "too-big",
        (
            r"(?:nachricht|mail|anhang)(?: \S{1,20}){0,4} zu groß",
            r"(?:message|pièce jointe|courrier)(?: \S{1,20}){0,4} trop (?:gros|volumineu|grand)",
            r"(?:mensaje|archivo|adjunto)(?: \S{1,20}){0,4} demasiado grande",
            r"(?:mensagem|anexo)(?: \S{1,20}){0,4} (?:muito|demasiado) grande",
            r"messaggio(?: \S{1,20}){0,4} troppo grande",
            r"(?:письмо|сообщени\w+|размер)(?: \S{1,20}){0,4} (?:слишком больш|превыша)",
            r"(?:サイズ|容量制限).{0,15}(?:超え|大き|上限)",
            r"(?:邮件|信件|附件).{0,10}(?:过大|太大|超过.{0,6}大小)",
        ),
    ),
    (
        "disabled",
        (
            r"(?:postfach|konto|benutzerkonto|account)(?: \S{1,20}){0,4} (?:gesperrt|"
            r"deaktiviert|inaktiv)",
            r"(?:compte|bo[iî]te)(?: \S{1,20}){0,5} (?:désactivée?|suspendue?|inactive?|bloquée?)",
            r"(?:cuenta|buz[oó]n)(?: \S{1,20}){0,4} (?:desactivad|deshabilitad|suspendid|"
            r"inactiv|bloquead)",
            r"(?:conta|caixa)(?: \S{1,20}){0,4} (?:desativad|suspens|inativ|bloquead)",
            r"(?:account|casella)(?: \S{1,20}){0,4} (?:disabilitat|sospes|disattivat|inattiv)",
            r"(?:ящик|аккаунт|учетная запись)(?: \S{1,20}){0,4} (?:заблокирован|отключен|неактив)",
            r"(?:アカウント|利用).{0,10}(?:停止|無効)",
            r"(?:帐号|账号|邮箱|帐户|账户).{0,8}(?:停用|冻结|禁用|锁定|被封)",
        ),
    ),
    (
        "moved",
        (
            r"(?:neue|geänderte) (?:e-?mail-?)?adresse", r"a changé d'adresse",
            r"ha cambiado (?:su |de )?(?:dirección|correo)", r"nuova e-?mail",
            r"mudou de (?:endereço|e-?mail)", r"ha cambiato indirizzo",
        ),
    ),
    (
        "unknown-user",
        (
            r"(?:empfänger|benutzer|nutzer|adresse|e-?mail-?adresse|postfach|mailadresse|"
            r"empfängeradresse|konto)(?: \S{1,40}){0,5} (?:unbekannt|existiert nicht|nicht "
            r"(?:gefunden|bekannt|vorhanden|existent|gültig|verfügbar|erreichbar)|ungültig|"
            r"existiert nicht mehr|konnte nicht gefunden)",
            r"(?:unbekannter|ungültiger|unbekannte|ungültige) (?:empfänger|benutzer|nutzer|"
            r"adresse|e-?mail-?adresse|mailbox)",
            r"(?:nicht|kein) (?:existierende\w*|gültige\w*) (?:empfänger|adresse|e-?mail)",
            r"gibt es nicht", r"nicht im (?:domino-?|adress-?)?(?:verzeichnis|adressbuch)",
            r"(?:utilisateur|destinataire|adresse|compte|bo[iî]te|usager|abonné)(?: "
            r"\S{1,40}){0,5} (?:inconnue?|introuvable|invalide|inexistante?|n'existe (?:pas|"
            r"plus)|n'est (?:pas|plus) (?:valide|valable)|n'a pas (?:pu être|été) trouvée?)",
            r"(?:aucun|pas de) (?:utilisateur|destinataire|compte)",
            r"adresse d au moins un destinataire invalide",
            r"(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n|correo)(?: \S{1,40}){0,6} "
            r"(?:desconocid[oa]|no (?:existe|se (?:ha )?(?:encontr|pudo encontr|encuentra)|es "
            r"v[aá]lid|v[aá]lid|encontrad|ha sido encontrad)|inexistente|inv[aá]lid[oa]|"
            r"incorrect[oa])",
            r"no existe (?:el |la |ning[uú]n )?(?:usuario|buz[oó]n|cuenta|direcci[oó]n|"
            r"destinatario)",
            r"no se (?:ha )?(?:pudo )?encontr\w+ (?:el |la )?(?:usuario|direcci[oó]n|"
            r"destinatario|cuenta|buz[oó]n)",
            r"(?:usu[aá]rio|destinat[aá]rio|endere[cç]o|conta|caixa)(?: \S{1,40}){0,6} "
            r"(?:desconhecid[oa]|n[aã]o (?:existe|foi (?:poss[ií]vel )?(?:encontrad|"
            r"localizad)|encontrad|p[oô]de ser encontrad)|inexistente|inv[aá]lid[oa])",
            r"(?:utente|destinatario|indirizzo|casella|account)(?: \S{1,40}){0,6} "
            r"(?:sconosciut[oa]|non (?:esiste|trovat[oa]|valid[oa]|è (?:stato )?(?:trovat|"
            r"valid)|esistente)|inesistente)",
            r"(?:gebruiker|ontvanger|adres|mailbox)(?: \S{1,30}){0,4} (?:onbekend|bestaat "
            r"niet|niet gevonden|ongeldig)",
            r"(?:użytkownik|odbiorca|adres|skrzynka|konto)(?: \S{1,30}){0,4} (?:nieznany|nie "
            r"istnieje|nieznana|nie (?:został )?znalezion)",
            r"(?:användare|mottagare|adress|brukere?|modtager|bruger)\w*(?: \S{1,30}){0,4} "
            r"(?:okänd|finns inte|ukjent|ukendt|finnes ikke|findes ikke|hittades inte)",
            r"(?:пользовател\w+|адресат\w*|получател\w+|адрес\w*|ящик\w*|аккаунт\w*|учетн\w+ "
            r"запис\w+)(?: \S{1,40}){0,6} (?:не (?:существует|найден|зарегистрирован|"
            r"обнаружен)|неизвест|отсутствует|недействител|удал[её]н)",
            r"(?:неизвестн\w+|несуществующ\w+|нет (?:такого|такой)) (?:пользовател|адрес|"
            r"получател|ящик)",
            r"не существует", r"такого пользователя",
            r"(?:ユーザ|ユーザー|宛先|アドレス|受信者|あて先|メールアドレス|"
            r"名前).{0,30}(?:見つかりません|存在しません|存在しない|不明|見当たりません|誤り|"
            r"見つから|無効|ありません|間違)",
            r"ディレクトリ.{0,6}見つかりません",
            r"(?:用户|收件人|帐号|账号|邮箱|地址|收信人|使用者|收件者|帳號|"
            r"信箱).{0,16}(?:不存在|未找到|找不到|无效|不正确|不明|無效|未注册|已注销|错误)",
            r"(?:不存在|找不到|无此|無此|没有(?:该|这个)).{0,8}(?:用户|收件人|帐号|账号|邮箱|"
            r"地址|使用者|收件者|帳號)",
            r"(?:사용자|수신자|메일 ?주소|계정|수신인).{0,16}(?:존재하지|없|찾을 수|알 수 없)",
            r"(?:kullanıcı|alıcı|adres)\w*(?: \S{1,20}){0,3} (?:bulunamadı|mevcut değil|"
            r"bilinmiyor|yok)",
            r"المستخدم غير|العنوان غير",
        ),
    ),
    (
        "unknown-host",
        (
            r"(?:domain|domäne|rechner|host|server|zielserver)(?: \S{1,40}){0,4} (?:unbekannt|"
            r"existiert nicht|nicht (?:gefunden|bekannt|vorhanden))",
            r"domaine(?: \S{1,40}){0,4} (?:inconnu|introuvable|inexistant|n'existe pas)",
            r"dominio(?: \S{1,40}){0,4} (?:desconocid|no existe|no se (?:ha )?encontr|non "
            r"esiste|sconosciut|inexistente|inesistente)",
            r"dom[ií]nio(?: \S{1,40}){0,4} (?:desconhecid|n[aã]o (?:existe|encontrad|foi "
            r"encontrad))",
            r"домен(?: \S{1,40}){0,4} (?:не (?:существует|найден)|неизвест)",
            r"ドメイン.{0,16}(?:見つかりません|存在しません|不明)",
            r"(?:域名|主机|網域|网域).{0,12}(?:不存在|无效|找不到|未找到|错误)",
        ),
    ),
    (
        "spam",
        (
            r"als (?:spam|unerwünscht)",
            r"(?:considéré|détecté|identifié|classé) comme (?:\S{1,12} ){0,2}(?:spam|indésirable)",
            r"considerado (?:como )?(?:spam|no deseado)",
            r"(?:垃圾邮件|垃圾郵件|スパム|迷惑メール|спам)",
        ),
    ),
    (
        "blocked",
        (
            r"(?:gesperrt|blockiert|sperrliste)", r"service refus[eé]",
            r"(?:bloqu[eé]e?|liste noire)", r"(?:bloquead[oa]|lista negra)", r"bloccat[oa]",
            r"(?:заблокирован|черн\w+ спис)", r"(?:黑名单|黑名單|被拒收|ブラックリスト|ブロック)",
        ),
    ),
    (
        "expired",
        (
            r"(?:seit|nach|innerhalb|für) (?:\S{1,12} ){0,3}(?:stunden|tagen)",
            r"(?:zustellung|nachricht)(?: \S{1,20}){0,4} (?:verzögert|abgelaufen)",
            r"(?:retard|différé|délai (?:\S{1,12} )?(?:dépassé|expiré))",
            r"(?:retras|demora|caducado|expirad)", r"(?:задерж|истек\w* (?:срок|врем))",
            r"(?:遅延|時間内に|一定時間|再送信を試み)", r"(?:超时|逾時|多次尝试|多次嘗試)",
            r"応答がありません",
        ),
    ),
    (
        "policy",
        (
            r"(?:abgelehnt|verweigert|nicht (?:erlaubt|berechtigt|zugelassen))",
            r"(?:refusée?|rejetée?|interdite?|non autorisée?)",
            r"(?:rechazad[oa]|denegad[oa]|no (?:está )?(?:permitid|autorizad))",
            r"(?:recusad[oa]|rejeitad[oa]|negad[oa]|n[aã]o (?:permitid|autorizad))",
            r"(?:rifiutat[oa]|negat[oa]|non (?:consentit|autorizzat))",
            r"(?:отклонен|запрещен|отказано)", r"(?:拒否|許可されて|拒绝|拒絕|拒收)",
        ),
    ),
)  # fmt: skip
