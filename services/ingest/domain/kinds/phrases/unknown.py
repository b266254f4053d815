"""Recipients and domains that are not there, in English."""

UNKNOWN: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "unknown-user",
        (
            r"(?:unknown|invalid|nonexistent|non-existent|unrecogni[sz]ed|undeliverable|"
            r"inexistent|no such|unroutable|unrouteable|bad|wrong|illegal|incorrect|no valid|"
            r"ambiguous) (?:local |final |delivery |remote |virtual |e-?mail |mail "
            r"|destination |smtp |internal |rcpt )*(?:user|recipient|mailbox|mail box|address|"
            r"account|username|person|local[- ]?part|subscriber|alias|addressee|rcpt|name|"
            r"inbox|e-?mail|customer|member|user ?id)",
            r"(?:user|recipient|mailbox|mail box|mail-box|account|address|addressee|person|"
            r"alias|local[- ]?part|username|subscriber|inbox|customer|member|recipient name|"
            r"e-?mail|employee)(?:'s|\(s\)|s)?(?: \S{1,60}){0,4}? (?:is |are |was |could |can|"
            r"cannot be |can't be |does |do |did |has |seems |appears )*(?:currently "
            r")?(?:unknown|not (?:be )?(?:found|known|exist|existing|here|listed|"
            r"recogni[sz]ed|valid|in (?:the |our )?(?:directory|system|database|address)|on "
            r"this|a valid|available on)|n't (?:exist|be found|found|have an?)|no longer "
            r"(?:exist|valid|active|available|in use|here|on)|invalid|non-?existent|"
            r"nonexistent|unrecogni[sz]ed|inexistent|not exists?|doesn't exist|missing|been "
            r"deleted|deleted|terminated|non local)",
            r"user unknown", r"recipient unknown", r"unknown to (?:this|the|our)",
            r"no (?:such )?(?:user|mailbox|account|recipient|person|address|inbox|one)(?: "
            r"\S{1,40}){0,4} (?:here|by (?:that|this)|with (?:that|this)|at this|exists?|"
            r"found|on this|in this|of that|known)",
            r"doesn'?t have (?:an?|any) \S{0,80} ?account", r"doesn'?t have an account",
            r"does not have an? \S{0,60} ?(?:account|mailbox)", r"recipnotfound",
            r"recipientnotfound", r"resolver\.adr",
            r"(?:not|n't) (?:a )?(?:our|registered|known|valid|local|active|listed)(?: "
            r"\S{1,12}){0,3} (?:user|customer|member|mailbox|recipient|address|account|"
            r"subscriber)",
            r"not listed in (?:the )?(?:public|domino|directory|name)",
            r"no matches? (?:found|to name)", r"address couldn'?t be found",
            r"address (?:error|does not resolve|not present)", r"not our customer",
            r"couldn'?t find (?:a |any |that |the )?(?:user|mailbox|recipient|account|address)",
            r"address rejected.{0,10}(?:no such|unknown|user|access denied)",
            r"recipient address(?:es)? rejected ?: (?:access denied|undeliverable|unknown"
            r"|invalid|user|"
            r"no such|not found|this|recipient)",
            r"inactive (?:e-?mail )?address", r"mailbox not found", r"user not found",
            r"(?:this|that) (?:user|address|mailbox|account|recipient) (?:doesn|does not|isn|"
            r"is not)",
            r"address (?:is )?no longer", r"\bnosuchuser\b", r"\buserunknown\b",
            r"no mailbox (?:here|by)", r"there is no (?:user|one|such|mailbox|account)",
            r"recipient (?:could not be|cannot be|not) (?:found|verified|resolved|validated)",
            r"cannot (?:find|locate) (?:the )?(?:user|mailbox|recipient)",
            r"\bbad (?:destination )?mailbox", r"unknown[- ]local[- ]part",
            r"(?:user|recipient) (?:address )?(?:has )?(?:no|been) (?:mailbox|removed|deleted)",
            r"address you(?:'ve| have)? (?:entered|sent) (?:\S{1,20} )?(?:couldn|could not|can't)",
            r"this is not a valid",
            r"unable to (?:look up|find|locate) (?:user|recipient|mailbox|address)",
            r"all recipients were rejected: unknown", r"name is not recogni[sz]ed",
            r"address unknown", r"no recipients? found", r"non[- ]existent",
            r"deliver(?:y|able) to nonexistent",
        ),
    ),
    (
        "not-accepting",
        (
            r"(?:host|domain|server|system|machine|site)(?: \S{1,60})? (?:does not|do not|"
            r"doesn'?t|will not|never|is not|not) (?:accept|receive|accepting|receiving|"
            r"handle|configured to (?:accept|receive)) (?:any )?(?:inbound |incoming "
            r"|internet |e-?)?mail",
            r"null ?mx", r"nullmx", r"(?:couldn't|could not|can't|cannot) find a mail exchanger",
            r"no (?:mx|mail exchanger|mail server|mail host)(?: \S{1,15}){0,3} (?:found|"
            r"exists?|available|configured|record|for)",
            r"no mail (?:service|server) (?:here|for|at)",
            r"(?:mx|a) records? (?:not found|does not exist|points? to)",
            r"has no (?:mx|mail exchanger|mail server|address records|a, aaaa)",
            r"does(?:n't| not) (?:have|publish) (?:an? )?mx",
            r"not (?:currently )?accepting (?:any |e-?)*mail\b(?! from| at this)",
            r"smtp protocol returned a permanent error .{0,20}no mail",
            r"this (?:mailbox|address) (?:is not monitored|does not (?:accept|receive))",
            r"no-?reply address", r"mx pointing",
            r"[a-z0-9-]\.[a-z]{2,20} (?:does not|doesn't|do not) accept (?:any )?(?:e-?)?mail\b"
            r"(?! from)",
        ),
    ),
    (
        "unknown-host",
        (
            r"(?:unknown|invalid|nonexistent|non-existent|unroutable|unrouteable|unresolvable|"
            r"no such|illegal|bad) (?:recipient |destination |remote |mail |recipient's "
            r")*(?:host|domain|site|system|server|hostname)",
            r"(?:host|domain|domain name|site|hostname|destination|address domain|server)(?: "
            r"\S{1,60}){0,3}? (?:is |was |does |could |can |has |name )*(?:unknown|not (?:be "
            r")?(?:found|exist|known|valid|resolve|resolvable)|n't (?:exist|be found)|"
            r"non-?existent|invalid|unresolvable|not in dns|no longer exists?|expired)",
            r"nxdomain", r"no such (?:domain|host)", r"couldn'?t find any host",
            r"no (?:mx|mail servers?|mail exchangers?) (?:\S{1,15} ){0,3}exists? for",
            r"name (?:service|server) error", r"host(?:name)?(?: \S{1,40})? not found",
            r"unable to (?:find|resolve|look ?up) (?:the )?(?:host|domain|mx|destination|"
            r"hostname)",
            r"all relevant mx records point to non-existent",
            r"(?:cannot|can't|could not) (?:resolve|find) (?:the )?(?:host|domain|remote|mail "
            r"server|your e?)",
            r"illegal host/domain",
            r"bad destination (?:system|host|domain|mailbox) ?(?:system )?address",
            r"domain does not exist", r"domain(?: \S{1,60}){0,2} couldn't be found",
            r"domain is not reachable", r"unregistered domain",
            r"domain(?: \S{1,60}){0,3} (?:does not appear to be|is not|isn't|not) registered",
            r"the recipient'?s domain .{0,40}(?:not|n't)",
            r"unrouteable mail domain",
            r"dns (?:query|lookup) (?:failed|error|failure)(?=.{0,60}(?:nonexist|not exist|"
            r"nxdomain|no such))",
            r"name or service not known", r"getaddrinfo",
        ),
    ),
    (
        "unknown-user",
        (
            r"not exist", r"doesn't exist", r"unknown (?:to|at|in) ",
            r"@ (?:was|is|could) not (?:be )?found", r"mailbox unavailable",
            r"recipient address rejected[. ]*$",
            r"(?<!sender )(?<!from )(?<!ip )address rejected(?=[.)'\"\]]|\s*$| @|\W{1,3}in reply "
            r"to rcpt)",
            r"(?:check|verify) (?:if|that|whether) (?:the )?(?:e-?mail )?address is correct",
            r"\bunknown\b.{0,20}\b(?:user|recipient|mailbox)",
        ),
    ),
)  # fmt: skip
