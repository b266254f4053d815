"""What mail servers say of exactly one cause for which a mail did not arrive, by reason.

Matched in lower-case text on one line, without addresses, links and reply codes (`reasons.plain`).
The first reason that fits counts, so the order is part of the rule. Repetitions are bounded or of
plain words, so that the time is linear in the text.
"""

PHRASES: tuple[tuple[str, tuple[str, ...]], ...] = (
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
        "sender-refused",
        (
            r"sender (?:email |e-mail |mail )?(?:address )?(?:was |is |has been )?(?:rejected|"
            r"refused|denied|blocked|not allowed|not permitted|not accepted|not found|unknown|"
            r"invalid)",
            r"sender (?:address |domain )?(?:does not exist|must exist|verify failed|"
            r"verification failed|not exist)",
            r"(?:invalid|unknown|bad|unverified|unauthori[sz]ed|blocked) (?:sender|return[- "
            r"]path|from address|originator)",
            r"domain of (?:the )?sender", r"sender(?:'s)? domain",
            r"sending domain (?:does not|must|not)",
            r"(?:could|can)(?: not|'t|not) verify (?:the )?sender", r"\[mail_from\]",
            r"mail from .{0,40}(?:rejected|refused|denied|not allowed)",
            r"callout verification failed", r"email address is not verified",
            r"not verified\. the following identities",
        ),
    ),
    (
        "mailbox-full",
        (
            r"(?:mailbox|mail box|mbox|inbox|maildrop|mail file|account|mail directory|"
            r"mailfolder|recipient|user)(?:'s)?(?: \S{1,40})? (?:is |are |was |has been |has "
            r")?(?:currently |temporarily |already |almost )?(?:full\b|over ?quota|overquota|"
            r"over (?:its|the|their|his|storage|size|disk|allotted|allocated|maximum)|"
            r"exceed(?:s|ed) (?:its |the |their |allowed |maximum |mailbox |storage |disk "
            r"|size )*(?:quota|limit|size|allocation|space|capacity)|out of (?:space|storage|"
            r"quota)|too full|bloated)",
            r"over ?(?:the )?(?:disk |mail |mailbox |storage |allowed |allotted |message "
            r"|user )*quota",
            r"quota (?:is |has been |was |limit |would be )*(?:exceeded|full|reached|overrun)",
            r"exceed(?:ed|s|ing)?(?: (?:the|their|its|his|user|storage|disk|mailbox|mail|"
            r"message|allowed|allotted|maximum|size))* (?:quota|storage|mailbox size|disk "
            r"space|mailbox limit)",
            r"quota ?(?:violation|overflow|hard)",
            r"(?:not enough|insufficient|no) (?:disk |free |storage |mailbox |mail )*(?:quota|"
            r"space in|storage space|space available)",
            r"mailbox (?:size limit|limit exceeded|maintenance limit|quota)",
            r"mailbox.{0,30}full", r"full mailbox", r"out of storage space",
            r"storage (?:quota|limit|allocation|space) (?:of the .{0,20})?(?:is )?(?:exceeded|"
            r"reached|full)",
            r"too many (?:mails|messages) in (?:the |this )?(?:mail)?box", r"too much mail data",
            r"account is full", r"user has too many messages", r"boite du destinataire pleine",
            r"disc quota", r"disk quota",
        ),
    ),
    (
        "too-big",
        (
            r"(?:message|mail|e-?mail|body|attachment|letter|content|line)s?(?: \S{1,20})? "
            r"(?:is |was |are |has )?(?:too (?:big|large|long)|exceeds (?:the )?(?:fixed "
            r"|maximum |max |size |allowed |message |configured )*(?:size|limit|length))",
            r"(?:message|mail|header|body|data) ?size (?:\S{1,20} )?(?:exceeds|limit|is over|"
            r"too|larger)",
            r"(?:too|over) ?(?:big|large|sized) (?:a )?(?:message|mail|e-?mail|attachment|for "
            r"(?:this|the) )",
            r"exceeds (?:the )?(?:(?:maximum|max|fixed|allowed|server'?s?) )*(?:message|mail|"
            r"size)(?: file)? (?:size|limit)",
            r"(?:message|mail) (?:length|size) (?:exceeds|exceeded)", r"line limit exceeded",
            r"size limit (?:has been )?exceeded",
            r"larger than (?:the )?(?:current |maximum |allowed |system )*(?:size|limit|message)",
            r"message too (?:big|large|long)", r"max(?:imum)? message size",
            r"exceeded (?:the )?(?:maximum )?(?:inbound )?message size", r"sizelimitexceeded",
            r"maximum (?:allowed )?(?:size|length|line length)",
        ),
    ),
    (
        "moved",
        (
            r"(?:user|recipient|account|address|mailbox|person|he|she) (?:\S{1,40} )?(?:has "
            r"|have |was |is )(?:permanently )?moved\b",
            r"(?:has )?moved to (?:a )?(?:new|another|other|different) (?:e-?mail )?address",
            r"has (?:been )?(?:changed|replaced) (?:\S{1,12} )?by ",
            r"user (?:is )?not local; please try", r"address (?:has )?changed",
            r"recipient has changed (?:his|her|their|its)? ?(?:e-?mail )?address",
            r"has left (?:the |this |our )?(?:company|organi[sz]ation|university|firm)",
            r"no longer (?:works|employed|with (?:us|the company|this))",
            r"mailbox (?:has )?moved", r"(?:new|forwarding) address (?:is|:)",
        ),
    ),
    (
        "disabled",
        (
            r"(?:account|mailbox|user|recipient|domain|address|inbox|e-?mail)(?:'s)?(?: "
            r"\S{1,40})?(?: mailbox| account| address)? (?:is |was |are |has been |have been "
            r"|seems |status is |currently )*(?:temporarily |currently |permanently "
            r"|administratively )?(?:disabled|suspended|inactive\b|deactivated|locked|frozen|"
            r"blocked\b|closed\b|restricted|on hold|expired|not active|dormant|not in service|"
            r"unactive|turned off|canceled|cancelled)",
            r"(?:disabled|suspended|inactive|deactivated|locked|frozen|dormant|closed) "
            r"(?:user|recipient|account|mailbox)",
            r"disabled recipient address",
            r"(?:user|account|mailbox) (?:disabled|suspended|inactive)",
            r"mailbox (?:currently )?suspended", r"not accepting mail at this time",
            r"delivery to (?:this|that) (?:user|mailbox|account) (?:is )?(?:suspended|"
            r"disabled|restricted)",
        ),
    ),
    (
        "authentication",
        (
            r"\b(?:dmarc|dkim|spf)\b(?!.{0,60}\bpassed?\b)", r"sender policy framework",
            r"domain ?keys", r"unauthenticated (?:e-?mail|mail|message|sender)",
            r"(?:message|mail|sender|e-?mail)(?: \S{1,12})? (?:is |was |has |are |does )?not "
            r"(?:been )?(?:pass )?authenticat(?:ed|ion)",
            r"authentication (?:check|result|information|-results)",
            r"not (?:designated|authori[sz]ed|permitted|allowed) (?:as a permitted |to send )",
        ),
    ),
    (
        "virus",
        (
            r"\bvirus(?:es)?\b", r"\bmalware\b", r"\bmalicious\b", r"\binfected\b", r"\btrojan\b",
            r"\bworm\b", r"ransomware", r"mcspamsignature", r"clamav", r"phish",
            r"security policies",
        ),
    ),
    (
        "spam",
        (
            r"(?:looks|look|appears|considered|classified|identified|detected|rejected|"
            r"recogni[sz]ed|treated|flagged|marked|blocked|tagged|suspected|scored|seems)(?: "
            r"\S{1,15}){0,4} (?:spam|junk|ube|uce|bulk|unsolicited)",
            r"(?:spam|junk|ube|uce|unsolicited)(?: \S{1,15}){0,3} (?:detected|rejected|"
            r"refused|content|message|mail|score|filter|blocked|found|not accepted|suspected|"
            r"classification|probability|e-?mail|check|source)",
            r"content rejected, (?:ube|uce|spam)", r"spam(?:assassin|titan|my|score|mer)",
            r"anti-?spam", r"message (?:content )?(?:is )?spam",
            r"high (?:probability|likelihood) of (?:being )?spam", r"blacklisted url",
            r"mail rejete\. mail rejected", r"\bofr_506\b", r"unsolicited",
            r"rejected by .{0,20}(?:bayes|rspamd)", r"bulk email filter",
        ),
    ),
    (
        "rate-limited",
        (
            r"too many (?:concurrent |simultaneous |smtp |recent |open )*(?:connections|"
            r"sessions|recipients|messages|mails|e-?mails|errors|requests|rcpts|hops from)",
            r"(?:connection|connections|message|mail|sending|recipient|rate|hourly|daily|"
            r"smtp)(?: \S{1,15})? (?:rate )?(?:limit|limits|quota) (?:has been |was |is "
            r")?(?:exceeded|reached|hit)",
            r"rate[- ]limit", r"receiving (?:mail|email) (?:at a rate|too quickly)", r"thrott?l",
            r"too (?:fast|quickly|frequent)",
            r"exceeded (?:the )?(?:maximum|max|allowed|limit)(?: \S{1,12}){0,3} "
            r"(?:connections|recipients|messages|e-?mails)",
            r"sent (?:by you )?too many", r"greylist", r"graylist", r"grey-list",
            r"max(?:imum)? (?:number of )?(?:connections|recipients)",
            r"exceeds (?:the )?max(?:imum)? (?:number of )?recipients",
            r"over (?:\S{1,10} )?(?:sending|message) (?:limit|rate)", r"sending (?:limit|quota)",
        ),
    ),
    (
        "blocked",
        (
            r"black ?-?list", r"block ?-?list", r"\bdnsbl\b", r"\brbl\b", r"\bdul\b", r"spamhaus",
            r"spamcop", r"\bsorbs\b", r"barracuda(?:central)?",
            r"proofpoint.{0,30}(?:block|reputation)", r"cloudmark", r"senderscore", r"abusix",
            r"uceprotect", r"invaluement", r"\bcsi\b.{0,20}block", r"reverse dns", r"\brdns\b",
            r"\bptr\b", r"dns (?:ptr|resource)", r"unverifyable",
            r"(?:cannot|can't|could not|unable to) (?:find|resolve|get) (?:your )?(?:reverse|"
            r"hostname|host name|client)",
            r"reverse (?:hostname|lookup|ip|mapping)", r"fix reverse",
            r"\b(?:helo|ehlo)\b(?=.{0,40}(?:reject|invalid|refus))",
            r"(?:poor|bad|low|negative) (?:\S{1,12} )?reputation", r"reputation",
            r"user complaints", r"unexpected volume",
            r"(?:ip|ip address|client|client host|host|server|network|range|connection|access|"
            r"address|sender|domain|messages?|mails?)(?: \S{1,40}){0,4} (?:is |was |has been "
            r"|have been |are |been )+(?:temporarily |permanently |currently )?(?:blocked|"
            r"banned|listed|denied|black-?listed|blocklisted|deferred)",
            r"(?:client host|your host|host|connection) (?:\S{1,40} )?(?:rejected|refused by|"
            r"blocked)",
            r"(?:blocked|banned|denied|rejected) (?:using|by|for|due to|because|from|"
            r"your)\b.{0,40}\b(?:list|ip|network|rbl|abuse|reputation|geo|country)\b",
            r"(?:not accepting|refus\w+|reject\w*|don't accept) (?:\S{1,15} "
            r"){0,3}connections? from",
            r"part of their network is on our block", r"esmtp not accepting connections",
            r"no smtp service", r"service not available",
            r"dynamic(?:ally)? (?:ip|assigned|address|host)", r"residential", r"service refuse\b",
            r"mail server (?:ip|.{0,20})blocked", r"bad dns", r"open relay", r"open proxy",
            r"suspicious activity", r"unusual (?:rate|sending|traffic)", r"access denied, banned",
            r"temporarily deferred", r"spfbl", r"refused to talk to me: 554",
            r"\bs3140\b|\bs3150\b", r"not authorized to connect", r"blocked by ", r"not welcome",
        ),
    ),
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
            r"recipient address rejected: (?:access denied|undeliverable|unknown|invalid|user|"
            r"no such|not found|unverified|this|recipient)",
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
            r"name (?:service|server) error", r"host(?:name)?(?: \S{1,40})? not found",
            r"unable to (?:find|resolve|look ?up) (?:the )?(?:host|domain|mx|destination|"
            r"hostname)",
            r"all relevant mx records point to non-existent",
            r"(?:cannot|can't|could not) (?:resolve|find) (?:the )?(?:host|domain|remote|mail "
            r"server|your e?)",
            r"illegal host/domain",
            r"bad destination (?:system|host|domain|mailbox) ?(?:system )?address",
            r"domain does not exist", r"domain is not reachable",
            r"the recipient'?s domain .{0,40}(?:not|n't)", r"unrouteable mail domain",
            r"dns (?:query|lookup) (?:failed|error|failure)(?=.{0,60}(?:nonexist|not exist|"
            r"nxdomain|no such))",
            r"name or service not known", r"getaddrinfo",
        ),
    ),
    (
        "unknown-user",
        (
            r"not exist", r"doesn't exist", r"unknown (?:to|at|in) ", r"mailbox unavailable",
            r"recipient address rejected[. ]*$",
            r"(?:check|verify) (?:if|that|whether) (?:the )?(?:e-?mail )?address is correct",
            r"\bunknown\b.{0,20}\b(?:user|recipient|mailbox)",
        ),
    ),
)  # fmt: skip
