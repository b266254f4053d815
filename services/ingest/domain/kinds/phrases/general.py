"""What is said of many causes: it counts where neither words nor a status named one exactly."""

GENERAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "blocked",
        (
            r"\bofr(?:_|\d)", r"\blpn\d",
        ),
    ),
    (
        "policy",
        (
            r"relay(?:ing)? (?:access |is |was |has been |mail |through )*(?:denied|not "
            r"(?:permitted|allowed|authori[sz]ed)|prohibited|rejected)",
            r"(?:unable|not allowed|not permitted|not configured|not authori[sz]ed|refus\w*|"
            r"cannot|don't|do not|no|won't) (?:to )?relay",
            r"allowed rcpthosts", r"we do not relay", r"relaying",
            r"is not (?:a )?(?:hosted|permitted|local|permitted to relay)", r"\bpolic(?:y|ies)\b",
            r"(?:not|un)(?: be)?[ -]?(?:authori[sz]ed|permitted|allowed|accepted|acceptable)\b",
            r"authori[sz]ation (?:failed|failure|required)",
            r"(?:access|permission|delivery|transaction|message|connection) (?:\S{1,20} "
            r")?(?:denied|rejected|refused|prohibited|declined|forbidden|filtered|blocked)",
            r"prohibited", r"forbidden", r"smtp auth(?:entication)?",
            r"authentication (?:is )?(?:required|failed)", r"must (?:issue|use|authenticate|be)",
            r"starttls", r"\btls\b", r"certificate", r"restricted",
            r"(?:only|members) (?:\S{1,15} ){0,4}(?:can|may|are allowed to) (?:post|send)",
            r"may not exist, or you may not have permission", r"administratively",
            r"rejected by (?:the )?(?:recipient|user|content filter|filter|rule|system|group|"
            r"owner|moderator)",
            r"moderat(?:or|ed|ion)", r"confidential", r"\bfiltered\b",
            r"refused by (?:the )?(?:recipient|user)", r"access denied",
            r"terms of (?:service|use)", r"\baup\b", r"\bolicy\b",
        ),
    ),
    (
        "content",
        (
            r"(?:content|media|mime|encoding|charset|attachment|header|body|subject|"
            r"format)(?: \S{1,20}){0,3} (?:error|rejected|not (?:allowed|supported|acceptable|"
            r"permitted)|invalid|violat\w+|too large|missing|malformed|blocked|type|"
            r"conversion)",
            r"(?:invalid|malformed|missing|bad|illegal|duplicate|unsupported|improper) "
            r"(?:mime|header|headers|date|message-id|attachment|message|from header|from:|"
            r"content|media)",
            r"rfc ?-?(?:5322|2822|822|5321|2821|1341)", r"not rfc", r"multiple addresses in from",
            r"bare (?:lf|cr)", r"headers? (?:too large|too long)",
            r"(?:8-?bit|smtputf8|utf-?8|eai) ", r"conversion", r"address(?:es)? in from",
            r"message (?:does not comply|is malformed|format)", r"redundant", r"\buri\b",
            r"attachment",
        ),
    ),
    (
        "network",
        (
            r"lost connection",
            r"connection (?:\S{1,20} ){0,3}(?:refused|reset|timed out|timeout|dropped|lost|"
            r"closed|failed|error)",
            r"(?:network|routing|gateway|dns|socket|tls|i/o|protocol) (?:\S{1,15} )?(?:error|"
            r"failure|unreachable|problem|failed|is down)",
            r"no route to host",
            r"(?:host|network|server) (?:is )?(?:unreachable|down|not reachable)",
            r"mail(?:er)? loop", r"\bloop(?:s|ing)?\b", r"hop count", r"too many hops",
            r"(?:wasn't|unable|not able|couldn't|could not|cannot|failed) (?:to "
            r")?(?:establish|connect|open|contact|reach)",
            r"timed? ?-?out", r"mail forwarding loop", r"host name lookup failure",
            r"name server (?:timeout|error)", r"did not accept our requests to connect",
            r"dns (?:lookup|query)", r"no answer from", r"bad connection", r"routing loop",
            r"end of file",
        ),
    ),
    (
        "expired",
        (
            r"(?:message|mail|delivery|queue|retry|lifetime|time)(?: \S{1,20}){0,4} "
            r"(?:expired|timeout exceeded|time ?limit|exceeded)",
            r"retry time(?:out)?(?: not reached| exceeded)",
            r"(?:too long|has been in the queue|in queue too|undelivered after|undeliverable for)",
            r"(?:not|n't)(?: been| yet been| be)* delivered (?:within|in|after|for|to one or "
            r"more of its recipients after)",
            r"cannot send message (?:for|within|in) \d", r"(?:delayed|delay) ",
            r"delivery (?:time|attempts?) (?:\S{1,12} )?(?:expired|exhausted|exceeded)",
            r"queue\.expired", r"not responding",
            r"(?:could|can)(?: not|n't) (?:be )?(?:sent|delivered) for \d",
            r"still (?:being )?(?:trying|retried|undelivered)", r"warning: .{0,30}(?:not|un)",
            r"deferred",
        ),
    ),
    (
        "protocol",
        (
            r"syntax error",
            r"(?:bad|unrecogni[sz]ed|unknown|unexpected|invalid|unimplemented) (?:sequence of "
            r")?(?:commands?|command parameter|parameter|argument)",
            r"command (?:not|rejected|out of|unrecogni[sz]ed|parameter)",
            r"protocol (?:error|violation)", r"bad sequence", r"not implemented", r"pipelin",
        ),
    ),
    (
        "system",
        (
            r"(?:internal|system|server|software|local|configuration|config|resource|database|"
            r"ldap|lookup|processing|temporary|backend|unexpected|program|mailer|i/o|disk|"
            r"filter|queue file)(?: \S{1,15}){0,2} (?:error|failure|fault|problem|failed|"
            r"crash|exception|unavailable)",
            r"(?:not enough|insufficient|out of|no) (?:system |disk |server )*(?:storage|"
            r"memory|resources|space)",
            r"(?:service|server|system|host|resources?) (?:is )?(?:temporarily |currently "
            r"|not )*(?:unavailable|busy|overloaded|available|shutting down)",
            r"try (?:again )?later", r"couldn't (?:create|open|write|exec|fork|load)",
            r"could not (?:create|open|write|load|lock|deliver)",
            r"command (?:died|failed|line usage|time limit)",
            r"cannot (?:open|create|update|write|append|lock|chdir|exec)",
            r"(?:permission|file|directory) (?:denied|not found)", r"input/output", r"read error",
            r"misconfigur", r"procmail", r"pipe to", r"local delivery failed", r"child process",
            r"exit(?:ed)? (?:with )?(?:status|code|value)", r"temporary",
            r"mailbox (?:is )?(?:busy|locked|temporarily)", r"unknown mailer error", r"transcript",
        ),
    ),
)  # fmt: skip
