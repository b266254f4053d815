"""Words that decide whatever else is said: they tell of whom, or of what, the rest speaks."""

_NOBODY = (
    r"(?:unknown|invalid|non-?exist\w*|does(?: not|n't) exist|do(?: not|n't) exist|not (?:be )?"
    r"(?:exist|found|valid|verif|resolv)\w*)"
)

DECISIVE: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "not-accepting",
        (
            r"indicated no smtp service",
        ),
    ),
    (
        "unknown-user",
        (
            r"user unknown or mailbox", r"recipient verif(?:y|ication) fail",
            r"^\W*address rejected[. ]*$",
        ),
    ),
    (
        "system",
        (
            r"x-unix; \S{1,20}: (?:couldn't|cannot|can't|error)", r"procmail: ",
        ),
    ),
    (
        "filtered",
        (
            r"(?:^|[;>] )(?:\S{1,12}; ?)?: user unknown(?:$| )", r"-> : user unknown",
        ),
    ),
    (
        "network",  # whether the address works is not known yet
        (
            r"unverified (?:recipient )?address", r"verification (?:is )?in progress",
            r"soft error", r"\bservfail\b|\bserver ?failure\b",
            r"undeliverable address: (?:\S{1,80} ){1,9}?(?:timed out|refused|unreachable|no route"
            r"|lost connection|reset by peer)",
        ),
    ),
    (
        "rate-limited",  # said of many addresses, not of this one
        (
            r"too many (?:\S{1,15} ){0,3}(?:recipients|users|addresses|mailboxes|accounts"
            r"|rcpts?)\b",
            r"(?:number|rate|percentage|limit|threshold) (?:of )?(?:\S{1,12} ){0,2}(?:unknown"
            r"|invalid|non-?existent|bad) (?:recipients|users|addresses|mailboxes)",
        ),
    ),
    (
        "blocked",
        (
            r"harvest(?:ing)?\b", r"dictionary attack",
            r"(?:mails?|mailing|messages|sending|sent|delivering|deliveries|attempts?) to "
            r"(?:\S{1,12}"
            r" ){0,2}(?:unknown|invalid|non-?existent|bad) (?:recipients|users|addresses"
            r"|mailboxes)",
            r"(?:blocked|banned|black-?listed)\b.{0,60}(?:unknown|invalid|non-?existent|bad) "
            r"(?:recipients|users|addresses|mailboxes)",
        ),
    ),
    (
        "sender-refused",
        (
            r"(?:return|reverse)[- ]?path(?:(?!recipient|rcpt).){0,40}\b" + _NOBODY,
            r"(?:from address|address in (?:the )?from|envelope[- ]?(?:from|sender)|originator)"
            r"(?:(?!recipient|rcpt).){0,40}\b" + _NOBODY,
            r"\bsender(?:'s)? (?:(?!recipient|rcpt|receiver|deliver|\bto\b).){0,40}\b" + _NOBODY,
            r"发件人.{0,40}(?:不存在|无效|拒收|拒绝)",
            r"absender\w*(?: \S{1,40}){0,4} (?:unbekannt|ungültig)",
            r"(?:expéditeur|remitente|remetente|mittente)(?: \S{1,40}){0,4} (?:inconnu|refus"
            r"|descono"
            r"|desconhe|sconosciut|n'existe|no existe|n[aã]o existe|non esiste|invalid|inválid)",
            r"отправител\w+(?: \S{1,40}){0,3} (?:не (?:существ|найд)|неизвест)",
            r"送信者.{0,30}(?:存在し|不明)",
            r"(?<!recipient )call[- ]?(?:out|back) (?:\S{1,20} ){0,2}fail",
        ),
    ),
    (
        "content",
        (
            r"\bur[li]s? (?:\S{1,20} ){0,4}(?:domain|host)",
            r"mailbox unavailable\W{1,3}(?:\S{1,20} ){0,3}(?:content|attachment)",
        ),
    ),
    (
        "policy",
        (
            r"mailbox unavailable\W{1,3}(?:\S{1,20} ){0,4}polic(?:y|ies)",
            r"\bsuppression list",
            r"\bgoogle groups\b",  # says of groups that do not exist and of closed ones the same
        ),
    ),
    (
        "moved",
        (
            r"no longer (?:works?\b|working|employed|associated|affiliated|with (?:(?:the |this "
            r"|our )?(?:company|firm|organi[sz]ation|team|group)|us\b)|(?:a )?(?:part|member) of)",
            r"(?:does not|doesn't|not) (?:currently )?work (?:here|at|for|with)\b",
            r"(?<!message )(?<!mail )\bhas left(?: (?:the|this|our|us)\b(?! (?:\S{1,15} )?(?:server"
            r"|system|queue|network))|[.,;!)]|$)",
            r"left (?:the |our |this )?(?:company|organi[sz]ation|firm|university|school)",
            r"(?:address|mailbox|account|user|employee|@)(?: \S{1,40})? (?:has been|was|is|has) "
            r"(?:permanently )?retired",
        ),
    ),
    (
        "unknown-user",
        (
            r"(?:account|mailbox)(?: (?!connection)\S{1,40})? (?:is |was |has been |have been )?"
            r"(?:now |already |permanently )?closed\b",
            r"no such object",
        ),
    ),
)  # fmt: skip
