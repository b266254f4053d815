"""How mail systems say that a mail was not delivered, in a notice's subject and in its text."""

SUBJECT = (
    r"undeliver", r"delivery (?:status )?notification",
    r"deliver(?:y|ed)?(?: \S{1,20}){0,3} (?:fail|problem|error|delay|report|status|unsuccess|has "
    r"failed|incomplete)",
    r"fail(?:ure|ed)?(?: \S{1,20}){0,2} (?:deliver|notice|notification)", r"failure notice",
    r"failure delivery", r"return(?:ed|ing)(?: \S{1,20}){0,3} mail",
    r"mail(?: \S{1,20}){0,3} return", r"returned to sender", r"could ?n[o']t be (?:delivered|sent)",
    r"not (?:be )?delivered", r"unable to deliver", r"mail (?:system )?error", r"nondeliver",
    r"non-deliver", r"delivery (?:failure|error)", r"bounced? (?:mail|message)", r"user unknown",
    r"unknown user", r"message (?:\S{1,30} )?delayed", r"warning: (?:message|could not send)",
    r"message you sent", r"\bmta-blocked", r"error sending", r"mail failure", r"failed mail",
    r"rejected (?:mail|message)", r"mail rejected", r"delivery report", r"could not send message",
    r"message status", r"postmaster notify", r"\bndr\b", r"address not found", r"mailbox full",
    r"unzustellbar", r"nicht zugestellt", r"zustellung", r"zustellbar", r"fehlgeschlagen",
    r"unzustellbarkeit", r"non remis", r"non distribu", r"échec de", r"remise impossible",
    r"retour(?: \S{1,12}){0,3} (?:courrier|mail)", r"no entregado",
    r"no se (?:ha )?(?:pudo|podido) entregar", r"error de entrega", r"devuelto", r"entrega",
    r"n[aã]o entregue", r"falha (?:na|de|no)", r"devolvid", r"n[aã]o p[oô]de ser entregue",
    r"mancato recapito", r"mancata consegna", r"non recapitat", r"non consegnat", r"onbestelbaar",
    r"niet (?:worden )?(?:bezorgd|afgeleverd)", r"niedostarcz",
    r"nie (?:można|udało się) dostarczyć", r"zwrot", r"недостав", r"не (?:было )?доставлен",
    r"ошибка достав", r"возврат", r"не удалось достав", r"oleverer", r"kunne ikke lever",
    r"kan inte lever", r"ej levere", r"teslim edilemedi", r"配信(?:不能|エラー|でき|失敗)",
    r"配送(?:不能|失敗|エラー)",
    r"送信(?:エラー|失敗|でき)", r"お届けでき", r"エラーメール", r"退信", r"系统退信", r"投递失败",
    r"发送失败", r"無法(?:傳遞|傳送|投遞|遞送)",
    r"无法(?:投递|送达|传递)", r"退回", r"投遞失敗", r"반송", r"전송 ?실패", r"배달 ?(?:실패|되지)",
    r"تعذر", r"فشل",
    # Italian, Spanish, Portuguese, Catalan, Romanian
    r"non recapitabil", r"no se puede entregar", r"n[aã]o [ée] poss[ií]vel entregar",
    r"no s'ha pogut lliurar", r"nelivra", r"livrare", r"nu a (?:putut|fost) (?:fi )?livrat",
    # Nordic and Baltic languages, Finnish, Estonian, Icelandic
    r"kan ikke lever", r"ikke (?:blevet )?lever", r"lever(?:ing|ans)s?(?:fejl|feil|fel)",
    r"inte lever", r"toimittamaton", r"toimit(?:us|taminen)\w{0,9} epäonnistui",
    r"ei (?:voitu|voi) toimittaa", r"kätte ?toimeta", r"kohale ?toimeta", r"nepristat",
    r"nepiegād", r"neizdevās piegādāt", r"óafhend",
    # Slavic languages, Hungarian, Greek, Turkish
    r"nedoru[čc]", r"nelze doručit", r"nepodařilo (?:se )?doručit", r"nepodarilo (?:sa )?doručiť",
    r"недоставл", r"не вдалося доставити", r"помилка доставки", r"неуспешн\w{0,4} достав",
    r"недоставен", r"neisporuč", r"nije isporučen", r"nedostavljiv", r"ni bilo mogoče dostaviti",
    r"kézbesít", r"δεν παραδόθηκε", r"(?:αδυναμία|αποτυχία) παράδοσης", r"μη παραδοτ",
    r"iletilemedi", r"gönderilemedi", r"teslimat",
    # Hebrew, Arabic, Persian, Hindi
    r"לא ניתן (?:היה )?למס", r"לא נמסר", r"מסירה", r"لم يتم تسليم", r"غير قابل للتسليم",
    r"تحویل (?:داده )?نشد", r"ناموفق", r"(?:वितरित|डिलीवर) नहीं",
    # Vietnamese, Thai, Indonesian, Malay, Chinese, Japanese, Korean
    r"không (?:thể )?(?:gửi|chuyển|phân phối)", r"bị trả lại", r"gửi (?:không thành công|thất bại)",
    r"ส่งไม่(?:ถึง|สำเร็จ|ได้)", r"ไม่สามารถส่ง", r"ตีกลับ", r"tidak (?:dapat )?(?:ter|di)kirim",
    r"gagal (?:ter|di|meng)?kirim", r"未送[达達]", r"送[达達]失[败敗]", r"[无無]法送[达達]",
    r"未配信", r"配信されません", r"전달되지", r"발송 ?실패", r"전송되지", r"배달할 수",
)  # fmt: skip

BODY = (
    r"(?:could|can|was|were|has|have|is)(?: ?not|n't)(?: \S{1,12}){0,2} (?:be(?:en)? "
    r")?(?:delivered|sent|reach)",
    r"cannot be (?:delivered|sent)",
    r"(?:unable|failed|trouble|trying|attempting|problem|error|failure)(?: \S{1,20}){0,4} "
    r"(?:deliver|send|relay)",
    r"undeliver", r"did not reach", r"permanent(?:ly)? (?:error|fail)",
    r"delivery (?:to|of|has|status|fail|error|attempt)", r"deliver(?:y|ing) your (?:mail|message)",
    r"returned (?:mail|message|to (?:the )?sender)", r"delivery problems",
    r"(?:user|recipient|mailbox|host)(?: \S{1,30}){0,3} (?:unknown|not found|full|does not exist"
    r"|disabled)",
    r"unknown (?:user|recipient|host)", r"transcript of session", r"rejected by", r"was rejected",
    r"invalid user", r"(?:mail|message) (?:was )?bounced", r"no such user", r"failure reasons",
    r"not delivered", r"fehlgeschlagen", r"zugestellt", r"unzustellbar", r"zustell",
    r"n'a pas pu être", r"pas pu être (?:remis|distribu|délivr)", r"non (?:remis|distribu|delivr)",
    r"no (?:se )?(?:ha )?(?:pudo|podido|fue posible)", r"n[aã]o (?:foi poss[ií]vel|p[oô]de)",
    r"impossibile", r"non (?:è stato possibile|recapitat|consegnat)",
    r"не (?:может быть|было|удалось|был) достав", r"送信できません", r"配信できません",
    r"届けることができ", r"送信に失敗",
    r"届きませんでした", r"無法", r"无法", r"退信", r"退回", r"失败",
    r"group .{0,200}may not exist",
    r"groups\.google\.com/support",
    # Italian, Spanish, Portuguese, Catalan, Romanian, German, Dutch, Polish
    r"non è stato (?:possibile|recapitato|consegnato)", r"no s'ha pogut", r"no ha podido",
    r"nu a (?:putut|fost) (?:fi )?livrat", r"nicht (?:\S{1,20} ){0,3}(?:zugestellt|erreicht)",
    r"(?:kan|kon) niet (?:\S{1,20} ){0,3}(?:bezorgd|afgeleverd)", r"niet (?:bezorgd|afgeleverd)",
    r"nie (?:można|udało się|została) (?:\S{1,20} ){0,2}dostarcz",
    # Nordic and Baltic languages, Finnish, Estonian, Icelandic
    r"(?:kunne|kan|kunde|kan) (?:ikke|inte) (?:\S{1,20} ){0,2}(?:lever|sendes|skickas)",
    r"ei (?:voitu|voi) (?:\S{1,20} ){0,2}toimittaa", r"ei saanud (?:\S{1,20} ){0,2}toimetada",
    r"nepavyko (?:\S{1,20} ){0,2}pristatyti", r"nevarēja (?:\S{1,20} ){0,2}piegādāt",
    r"ekki (?:\S{1,20} ){0,3}afhen",
    # Slavic languages, Hungarian, Greek, Turkish
    r"(?:nelze|nebylo možné|nepodařilo|nepodarilo|nemohla být) (?:\S{1,20} ){0,3}doruč",
    r"nebolo možné (?:\S{1,20} ){0,3}doruč", r"не вдалося (?:\S{1,20} ){0,2}доставити",
    r"не (?:може|могло|можа) (?:\S{1,20} ){0,3}(?:достав|испоруч)",
    r"nije (?:moguće |mogla biti )?(?:\S{1,20} ){0,2}isporuč", r"ni bilo mogoče",
    r"nem (?:\S{1,20} ){0,3}kézbesít", r"δεν (?:ήταν δυνατή|μπόρεσε|παραδόθηκε)",
    r"(?:teslim edil|ilet|gönderil)(?:il)?emedi",
    # Hebrew, Arabic, Persian, Hindi
    r"לא ניתן (?:היה )?למס", r"לא נמסר", r"تعذر (?:\S{1,20} )?(?:تسليم|إرسال)", r"لم يتم تسليم",
    r"تحویل (?:داده )?نشد", r"(?:वितरित|डिलीवर) नहीं",
    # Vietnamese, Thai, Indonesian, Malay, Chinese, Japanese, Korean
    r"không thể (?:\S{1,20} ){0,3}(?:gửi|chuyển|phân phối)", r"ไม่สามารถส่ง",
    r"ส่งไม่(?:ถึง|สำเร็จ|ได้)",
    r"(?:tidak dapat|gagal) (?:\S{1,20} ){0,2}\w{0,6}kirim", r"未送[达達]",
    r"配信(?:でき|されま)せん",
    r"お届けできません", r"(?:배달|전달|전송|발송)(?:할 수 없|되지|하지 못)",
)  # fmt: skip
