"""Whether a mail without any machine-readable part tells that a mail did not arrive."""

import re
from collections.abc import Mapping, Sequence

from services.ingest.domain.kinds import excerpts
from services.ingest.domain.kinds.automatic import first
from services.ingest.domain.kinds.senders import is_daemon, is_nobodys

_SUBJECT = re.compile(
    r"undeliver|delivery (?:status )?notification|deliver(?:y|ed)?(?: \S{1,20}){0,3} (?:fail"
    r"|problem"
    r"|error|delay|report|status|unsuccess|has failed|incomplete)|fail(?:ure|ed)?(?: "
    r"\S{1,20}){0,2}"
    r" (?:deliver|notice|notification)|failure notice|failure delivery|return(?:ed|ing)"
    r"(?: \S{1,20}){0,3} mail|mail(?: \S{1,20}){0,3} return|returned to sender|could ?n[o']t be"
    r" (?:delivered|sent)|not (?:be )?delivered|unable to deliver|mail (?:system )?error"
    r"|nondeliver"
    r"|non-deliver|delivery (?:failure|error)|bounced? (?:mail|message)|user unknown|unknown user"
    r"|message (?:\S{1,30} )?delayed|warning: (?:message|could not send)|message you sent"
    r"|\bmta-blocked"
    r"|error sending|mail failure|failed mail|rejected (?:mail|message)|mail rejected"
    r"|delivery report"
    r"|could not send message|message status|postmaster notify|\bndr\b|address not found"
    r"|mailbox full"
    r"|unzustellbar|nicht zugestellt|zustellung|zustellbar|fehlgeschlagen|unzustellbarkeit"
    r"|non remis|non distribu|échec de|remise impossible|retour(?: \S{1,12}){0,3} (?:courrier"
    r"|mail)"
    r"|no entregado|no se (?:ha )?(?:pudo|podido) entregar|error de entrega|devuelto|entrega"
    r"|n[aã]o entregue|falha (?:na|de|no)|devolvid|n[aã]o p[oô]de ser entregue|mancato recapito"
    r"|mancata consegna|non recapitat|non consegnat|onbestelbaar|niet (?:worden )?(?:bezorgd"
    r"|afgeleverd)"
    r"|niedostarcz|nie (?:można|udało się) dostarczyć|zwrot|недостав|не (?:было )?доставлен"
    r"|ошибка достав"
    r"|возврат|не удалось достав|oleverer|kunne ikke lever|kan inte lever|ej levere|teslim "
    r"edilemedi"
    r"|配信(?:不能|エラー|でき|失敗)|配送(?:不能|失敗|エラー)|送信(?:エラー|失敗|でき)"
    r"|お届けでき|エラーメール"
    r"|退信|系统退信|投递失败|发送失败|無法(?:傳遞|傳送|投遞|遞送)|无法(?:投递|送达|传递)|退回"
    r"|投遞失敗"
    r"|반송|전송 ?실패|배달 ?(?:실패|되지)|تعذر|فشل",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"(?:could|can|was|were|has|have|is)(?: ?not|n't)(?: \S{1,12}){0,2} (?:be(?:en)? "
    r")?(?:delivered|sent|reach)"
    r"|cannot be (?:delivered|sent)|(?:unable|failed|trouble|trying|attempting|problem|error"
    r"|failure)"
    r"(?: \S{1,20}){0,4} (?:deliver|send|relay)|undeliver|did not reach|permanent(?:ly)? "
    r"(?:error|fail)"
    r"|delivery (?:to|of|has|status|fail|error|attempt)|deliver(?:y|ing) your (?:mail|message)"
    r"|returned (?:mail|message|to (?:the )?sender)|delivery problems|(?:user|recipient"
    r"|mailbox|host)"
    r"(?: \S{1,30}){0,3} (?:unknown|not found|full|does not exist|disabled)|unknown (?:user"
    r"|recipient|host)"
    r"|transcript of session|rejected by|was rejected|invalid user|(?:mail|message) (?:was "
    r")?bounced"
    r"|no such user|failure reasons|not delivered|fehlgeschlagen|zugestellt|unzustellbar|zustell"
    r"|n'a pas pu être|pas pu être (?:remis|distribu|délivr)|non (?:remis|distribu|delivr)"
    r"|no (?:se )?(?:ha )?(?:pudo|podido|fue posible)|n[aã]o (?:foi poss[ií]vel|p[oô]de)"
    r"|impossibile|non (?:è stato possibile|recapitat|consegnat)|не (?:может быть|было|удалось"
    r"|был) достав"
    r"|送信できません|配信できません|届けることができ|送信に失敗|届きませんでした|無法|无法"
    r"|退信|退回|失败"
    r"|group .{0,200}may not exist|groups\.google\.com/support",
    re.IGNORECASE,
)
_CODE = re.compile(r"(?<![\d.])(?:[45]\d\d[ :-]+(?=[^\s\d])|\(?#?[45]\.\d{1,2}\.\d{1,3}(?![\d.]))")
_QUOTED = re.compile(r"(?m)^>(?!>>).*$")
_RECIPIENT = re.compile(r"<[^\s<>@]{1,100}@[^\s<>@]{1,100}>")
_ANSWER = re.compile(r"(?:re|aw|sv|antw|fwd?|wg|tr|rv)\s{0,2}:")
_LIST_REFUSED = re.compile(r"loop alert|reject|ignored|not (?:a )?member|too (?:big|large)|bounce")
_READ = 8000


def tells_of_failure(headers: Mapping[str, Sequence[str]], text: str, sender: str | None) -> bool:
    """Whether a notice in free words says that a mail was not delivered.

    Only a mail system's own word counts: people write of bounces, forward them and quote them.
    """
    daemon = is_daemon(headers, sender)
    if not daemon and not is_nobodys(headers):
        marked = "x-failed-recipients" in headers and "auto-submitted" in headers
        return marked or _list_refused(headers, sender)
    subject = first(headers, "subject")[:300]
    notice, returned = excerpts.split(_QUOTED.sub("", text[: 2 * _READ]))
    titled = _SUBJECT.search(subject) is not None
    said = _BODY.search(notice[:_READ]) is not None
    if not daemon:
        shown = "@" in notice and (returned or _CODE.search(notice) or _RECIPIENT.search(notice))
        return bool(shown) and (titled or said)
    if _ANSWER.match(subject) and _answers(headers) and "RCPT TO" not in notice:
        return False  # a postmaster is a person too
    if titled and ("@" in text or not text.strip()):
        return True
    return said and bool(returned or _names_somebody(notice))


def _list_refused(headers: Mapping[str, Sequence[str]], sender: str | None) -> bool:
    """Whether a list manager (fml) tells from the list's own address that it took no mail."""
    local = (sender or "").partition("@")[0].lower()
    if "x-mlserver" not in headers or not local.endswith(("-admin", "-request", "-ctl")):
        return False
    return _LIST_REFUSED.search(first(headers, "subject")[:300]) is not None


def _names_somebody(notice: str) -> bool:
    shown = _RECIPIENT.search(notice) is not None or "RCPT TO:" in notice
    return shown or any(excerpts.recipients(notice))


def _answers(headers: Mapping[str, Sequence[str]]) -> bool:
    return "in-reply-to" in headers or "references" in headers
