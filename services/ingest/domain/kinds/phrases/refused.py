"""Causes that lie in the mail, the sender or the state of a mailbox that does exist."""

REFUSED: tuple[tuple[str, tuple[str, ...]], ...] = (
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
            r"message too (?:big|large|long)", r"size exceeds (?:the )?max",
            r"max(?:imum)? message size",
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
)  # fmt: skip
