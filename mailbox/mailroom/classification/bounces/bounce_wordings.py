"""List the wordings, in two dozen languages, by which mail systems say that a letter did not arrive.

A new phrase of a bounce goes here in any language, as one more alternative in the field of its meaning. Reports are
then recognised (bounce_patterns) and judged (permanence) by it. Phrases that only one of these two needs, and wordings
of single products, are in that module.
"""

from collections.abc import Callable
from dataclasses import dataclass


def within_sentence(pattern: str) -> str:
    """Return `pattern` with `[^.\\n]` changed so that the dot in an address or host name does not end a sentence.

    What stands instead is spelt so that a second change finds nothing: two ways to read a dot, and a row of dots is
    read in as many ways as there are subsets of it.
    """
    return pattern.replace(r"[^.\n]", r"(?:[^\n.]|\.(?=\S))").replace(r"[^.;\n]", r"(?:[^\n.;]|\.(?=\S))")


@dataclass(frozen=True, slots=True)
class Wording:
    """Hold the alternatives of patterns in one language, matched without case."""

    undelivered: str
    nobody: str
    nowhere: str  # no such domain
    full: str
    refused: str  # by a filter or a policy


# One entry for each language, or for two similar ones.
WORDINGS = {
    "cs": Wording(
        r"nedoručiteln|nebyla? doručen|nelze doručit|doručení se nezdařilo",
        r"(?:adresát|uživatel|příjemce|schránka)[^.\n]{0,60}(?:neexistuje|nenalezen|neznám)",
        r"dom[ée]n[au][^.\n]{0,60}(?:neexistuje|nenalezena|neznám)",
        r"schránka (?:je )?plná|překročen[aoy]? kvót",
        r"odmítnut|zablokován|\bspam",
    ),
    "da, nb": Wording(
        r"kunne ikke (?:leveres|sendes)|uleverbar|ikke leveret|ikke levert|levering mislykkedes",
        r"(?:modtager|mottaker|adresse|bruger)(?:en)?[^.\n]{0,60}(?:findes ikke|finnes ikke|ukendt|ukjent|"
        r"ikke fun[dn]et)",
        r"domæne[^.\n]{0,60}(?:findes ikke|finnes ikke|ukendt|ukjent|ikke fun[dn]et)",
        r"postkassen? er (?:fuld|full)",
        r"\bafvist|\bavvist|blokeret|blokkert",
    ),
    "de": Wording(
        r"unzustellbar|nicht (?:erfolgreich )?zugestellt|nicht zustellbar|nicht erreicht|"
        r"(?:fehler|problem)\w{0,30}+ bei der (?:\w*zustellung|übermittlung)|"
        r"zustell\w{0,30}+(?: \w+){0,4} (?:fehlgeschlagen|gescheitert|verzögert)|rücksendung ihrer nachricht",
        r"(?:empfänger|adresse|benutzer|postfach|konto)[^.\n]{0,100}(?:unbekannt|nicht gefunden|nicht vorhanden|"
        r"existiert nicht|existieren nicht|ungültig|nicht im \S*verzeichnis)",
        r"dom(?:ain|äne)[^.\n]{0,60}(?:existiert nicht|nicht gefunden|unbekannt|nicht vorhanden|ungültig)",
        r"postfach (?:ist )?(?:voll|überfüllt)|speicherplatz (?:ist )?(?:überschritten|erschöpft)",
        r"abgelehnt|abgewiesen|zurückgewiesen|verweigert|blockiert|gesperrt",
    ),
    "en": Wording(
        r"undeliver|\bdelivery\b[^.\n]{0,80}\b(?:has been|was|is) (?:postponed|delayed|deferred)",
        r"no such (?:user|recipient|address|mailbox|account)",
        r"no such domain|unknown host|nxdomain",
        r"disk full|no space left",
        r"(?<!connection )refused|rejected",
    ),
    "es": Wording(
        r"no (?:se )?(?:ha )?(?:puede|pudo|podido|fue) (?:ser )?entrega[rd]o?|no entregad[oa]|entrega (?:fallida|"
        r"ha fallado)|"
        r"(?:error|fallo) (?:en la|de) entrega|mensaje devuelto|devuelto al remitente|no se ha podido entregar",
        r"(?:usuario|destinatario|dirección|cuenta|buzón)[^.\n]{0,80}(?:desconocid[oa]|no existe|inexistente|"
        r"no (?:se )?(?:encuentra|encontró|ha encontrado)|no encontrad[oa]|no válid[oa])|"
        r"no existe (?:dicha?|ese|esa|tal|el|la) (?:persona|usuario|cuenta|dirección)",
        r"dominio[^.\n]{0,60}(?:no existe|desconocid|inexistente|no (?:se )?(?:encuentra|encontró|"
        r"ha encontrado)|no encontrad)",
        r"buzón (?:\w+ ){0,3}llen[oa]|cuota (?:\w+ )?(?:excedida|superada)",
        r"rechazad[oa]|bloquead[oa]|correo no deseado",
    ),
    "fi": Wording(
        r"ei voitu toimittaa|toimitus epäonnistui|perille toimittamat",
        r"(?:vastaanottajaa|käyttäjää|osoitetta)[^.\n]{0,40}ei (?:löydy|löytynyt|ole)",
        r"verkkotunnusta[^.\n]{0,40}ei (?:löydy|löytynyt|ole)",
        r"postilaatikko on täynnä",
        r"hylätty|hylättiin|estetty",
    ),
    "fr": Wording(
        r"non[ -](?:remis|distribué|délivré)|(?:pas|n'a pu) (?:pu )?(?:être )?(?:remis|distribué|délivré|livré|"
        r"acheminé)|"
        r"(?:échec|impossible) (?:de|de la|lors de la) (?:remise|livraison|distribution|remettre)|"
        r"retour à l'expéditeur|"
        r"avis de non-remise",
        r"(?:utilisateur|destinataire|adresse|boîte)[^.\n]{0,80}(?:inconnue?|introuvable|inexistante?|n'existe pas|"
        r"non trouvée?|pas été trouvée?)",
        r"domaine[^.\n]{0,60}(?:n'existe pas|introuvable|inconnu|inexistant|pas été trouvé)",
        r"boîte (?:\w+ ){0,4}pleine|quota (?:\w+ )?(?:dépassé|atteint)",
        r"rejetée?\b|refusée?\b|bloquée?\b|indésirable",
    ),
    "hu": Wording(
        r"kézbesíthetetlen|nem (?:sikerült )?kézbesít|kézbesítése? sikertelen",
        r"(?:címzett|felhasználó|postafiók)[^.\n]{0,60}(?:nem található|ismeretlen|nem létezik)",
        r"(?:tartomány|domain)[^.\n]{0,60}(?:nem található|nem létezik|ismeretlen)",
        r"postafiók(?:ja)? megtelt",
        r"elutasít|letiltott|levélszemét",
    ),
    "id, ms": Wording(
        r"tidak (?:dapat |bisa |boleh )?(?:dikirim|terkirim|disampaikan|dihantar)|gagal (?:di|ter)?kirim|"
        r"pengiriman gagal|"
        r"penghantaran gagal",
        r"(?:pengguna|penerima|alamat|akun)[^.\n]{0,60}tidak (?:ditemukan|dikenal|ada|valid|wujud)",
        r"domain[^.\n]{0,60}tidak (?:ditemukan|dikenal|ada|valid|wujud)",
        r"kotak (?:surat|masuk|pos)[^.\n]{0,20}penuh",
        r"\bditolak|\bdiblokir|\bdisekat",
    ),
    "it": Wording(
        r"mancat[ao] (?:consegna|recapito)|non recapitabile|non (?:è stato |può essere |è possibile )?(?:consegna|"
        r"recapita)"
        r"(?:to|re|bile)|consegna (?:fallita|non riuscita)|impossibile (?:consegnare|recapitare)|errore di consegna",
        r"(?:utente|destinatario|indirizzo|casella)[^.\n]{0,80}(?:sconosciut[oa]|inesistente|non esiste|"
        r"non (?:è stat[oa] )?trovat[oa])|nessun utente",
        r"dominio[^.\n]{0,60}(?:non esiste|inesistente|sconosciuto|non (?:è stato )?trovato)",
        r"casella (?:\w+ ){0,4}piena|quota superata",
        r"rifiutat[oa]|respint[oa]|bloccat[oa]|posta indesiderata",
    ),
    "ja": Wording(
        r"配信(?:不能|エラー|に失敗|でき|されません)|配達(?:不能|でき|され)|"
        r"送信(?:エラー|に失敗|できません)|"
        r"送り返|届けられ|届きません|不達|未配信",
        r"(?:宛先|あて先|ユーザ|アドレス|受信者)[^。\n]{0,30}(?:存在しません|存在しない|見つかりません|不明)|リストにありません|"
        r"ディレクトリ(?:ー)?(?:に|には|で|では)[^。\n]{0,20}(?:ありません|見つかりません|登録されて)",
        r"ドメイン[^。\n]{0,30}(?:存在しません|存在しない|見つかりません|不明)",
        r"メールボックスが(?:いっぱい|一杯)|容量(?:を超|オーバー|制限)",
        r"拒否|拒絶|ブロック|迷惑メール",
    ),
    "ko": Wording(
        r"반송|(?:배달|전달|전송|발송)(?:되지|에 실패|하지 못|할 수 없)|전송 ?실패|발송 ?실패|보내지 못",
        r"(?:사용자|수신자|계정|주소)[^.\n]{0,30}(?:없습니다|존재하지|찾을 수 없)|"
        r"존재하지 않는 (?:사용자|계정|메일|주소|수신)",
        r"도메인[^.\n]{0,30}(?:없습니다|존재하지|찾을 수 없)|존재하지 않는 도메인",
        r"(?:편지함|메일함|사서함|용량)[^.\n]{0,15}(?:가득|초과|부족)",
        r"거부|거절|차단|스팸",
    ),
    "nl": Wording(
        r"onbestelbaar|niet (?:\w+ )?(?:bezorgd|afgeleverd|besteld)|bezorging(?: \w+){0,3} mislukt",
        r"(?:ontvanger|gebruiker|adres|postvak)[^.\n]{0,60}(?:onbekend|bestaat niet|niet (?:worden )?gevonden)",
        r"domein[^.\n]{0,60}(?:bestaat niet|onbekend|niet (?:worden )?gevonden)",
        r"postvak (?:\w+ ){0,4}vol\b|quotum overschreden",
        r"geweigerd|afgewezen|geblokkeerd",
    ),
    "pl": Wording(
        r"nie (?:została? |mogła? (?:zostać|być) |można (?:było )?)?(?:doręcz|dostarcz)|niedostarcz|niedoręcz|"
        r"zwrot (?:wiadomości|poczty)",
        r"nie ma takiego (?:konta|użytkownika|adresu)|"
        r"(?:adres|użytkownik|konto|odbiorca|skrzynka)[^.\n]{0,60}(?:nie istnieje|nieznan|nie został|nie znaleziono)",
        r"domen[ay][^.\n]{0,60}(?:nie istnieje|nieznan|nie znaleziono|nie został)",
        r"skrzynka (?:\w+ ){0,3}(?:pełna|przepełniona)",
        r"odrzucon|zablokowan|odmówił",
    ),
    "pt": Wording(
        r"(?:falha|erro) (?:na|de) entrega|não (?:foi |pôde ser |foi possível )*(?:entregu?e?|entregar)|não entregue|"
        r"devolvid[ao] ao remetente|mensagem devolvida",
        r"(?:usuário|utilizador|destinatário|endereço|conta|caixa)[^.\n]{0,80}(?:desconhecid[oa]|não existe|"
        r"inexistente|"
        r"não (?:foi )?encontrad[oa])",
        r"domínio[^.\n]{0,60}(?:não existe|inexistente|desconhecido|não (?:foi )?encontrado)",
        r"caixa (?:\w+ ){0,4}cheia|c?quota excedida|cota excedida",
        r"rejeitad[oa]|recusad[oa]|bloquead[oa]",
    ),
    "ro": Wording(
        r"nu a (?:putut fi|fost) livrat|nelivrat|livrarea a eșuat",
        r"(?:utilizator|destinatar|adres[aă])[^.\n]{0,60}(?:necunoscut|nu exist[aă]|inexistent)",
        r"domeniul[^.\n]{0,60}(?:nu exist[aă]|necunoscut|inexistent)",
        r"căsuța (?:\w+ ){0,3}plină",
        r"respins|refuzat|blocat",
    ),
    "ru, uk": Wording(
        r"не (?:было |было бы |может быть |могло быть |удалось )?(?:доставлен|доставить|отправлен)|недостав|"
        r"(?:ошибка|сбой) доставки|возврат (?:почты|письма)|невозможно доставить|не доставлено|не вдалося доставити",
        r"(?:пользовател|получател|адрес|ящик|абонент|користувач)[^.\n]{0,60}(?:не найден|не существует|неизвест|"
        r"отсутствует|не знайден|не існує)|нет такого (?:пользователя|адреса|ящика)",
        r"домен[^.\n]{0,60}(?:не существует|не найден|неизвест|не існує|не знайден)",
        r"ящик[^.\n]{0,30}(?:переполнен|заполнен)|переполнен\w{0,30}+ почтов|превышен\w{0,30}+(?: \w+)? квот",
        r"отклон[её]н|отверг|отказан|заблокирован|спам|відхилен|заблокован",
    ),
    "sv": Wording(
        r"kunde inte (?:levereras|skickas)|gick inte att leverera|ej levererat|olevererbar|kan inte levereras",
        r"(?:mottagaren|adressen|användaren)[^.\n]{0,60}(?:finns inte|okänd|hittades inte|inte hittas)",
        r"domänen[^.\n]{0,60}(?:finns inte|okänd|hittades inte|inte hittas)",
        r"(?:brev|post)lådan är full",
        r"avvisa(?:t|des)|nekad|blockera(?:t|des)",
    ),
    "th": Wording(
        r"ไม่สามารถ(?:ส่ง|นำส่ง|จัดส่ง)|ส่งไม่(?:สำเร็จ|ได้)|การจัดส่งล้มเหลว",
        r"ไม่พบ(?:ผู้รับ|ผู้ใช้|ที่อยู่|บัญชี)|ไม่มี(?:ผู้ใช้|ผู้รับ)",
        r"ไม่พบโดเมน|ไม่มีโดเมน",
        r"กล่อง(?:จดหมาย|ขาเข้า)เต็ม",
        r"ถูกปฏิเสธ|ถูกบล็อก|สแปม",
    ),
    "tr": Wording(
        r"teslim edileme|iletileme|gönderileme|ulaştırılama",
        r"(?:kullanıcı|alıcı|adres|hesap|posta kutusu)[^.\n]{0,60}(?:bulunamadı|bilinmiyor|mevcut değil|geçersiz)",
        r"(?:alan adı|etki alanı)[^.\n]{0,60}(?:bulunamadı|bilinmiyor|mevcut değil|geçersiz)",
        r"posta kutusu dolu|kota(?:sı)? (?:aşıldı|dolu)",
        r"reddedil|engellen|istenmeyen",
    ),
    "vi": Wording(
        r"\bkhong (?:the )?(?:gui|chuyen|phat) (?:duoc|thu|toi|den)\b|\bthu (?:da )?bi tra lai\b|\bbi tu choi\b|"
        r"\bchua (?:gui|chuyen) duoc\b",
        r"\b(?:dia chi|hop thu|tai khoan|nguoi dung|nguoi nhan)\b[^.\n]{0,60}\b(?:khong (?:ton tai|tim thay|hop le|"
        r"co)|sai)\b",
        r"\bten mien\b[^.\n]{0,60}\bkhong (?:ton tai|tim thay|hop le)\b",
        r"\bhop thu\b[^.\n]{0,20}\bday\b|\bhet dung luong\b|\bvuot (?:qua )?(?:dung luong|han muc)\b",
        r"từ chối|\bbi (?:tu choi|chan)\b",
    ),
    "zh": Wording(
        r"退信|退回|(?:无法|無法|未能)(?:投递|投遞|递送|遞送|送达|送達|传递|傳遞|发送|傳送|向)|未(?:送达|送達|递送|遞送|傳遞|传递)|"
        r"(?:投递|投遞|发送|傳送|传递|傳遞)失[败敗]",
        r"(?:收件人|用户|用戶|帐户|帳戶|账户|邮箱|郵箱|地址|使用者|信箱)[^。\n]{0,30}(?:不存在|未找到|找不到|无效|無效)|"
        r"找不到[^。\n]{0,20}(?:地址|收件人|邮箱|郵箱|用户|使用者)",
        r"(?:域名|网域|網域)[^。\n]{0,30}(?:不存在|未找到|找不到|无效|無效)|找不到[^。\n]{0,20}(?:域名|网域|網域)",
        r"(?:邮箱|郵箱|信箱)[^。\n]{0,12}(?:已满|已滿|满|滿|超出)|(?:空间|空間|容量)不足",
        r"拒绝|拒絕|拒收|屏蔽|封锁|封鎖|垃圾(?:邮件|郵件)",
    ),
}  # fmt: skip


def _in_any_language(choose: Callable[[Wording], str]) -> str:
    """Join one field of all wordings. Texts are searched as `caseless` gives them, with a plain Turkish i."""
    return within_sentence("|".join(map(choose, WORDINGS.values())).replace("ı", "i"))


UNDELIVERED = _in_any_language(lambda wording: wording.undelivered)
NOBODY = _in_any_language(lambda wording: wording.nobody)
NOWHERE = _in_any_language(lambda wording: wording.nowhere)
FULL = _in_any_language(lambda wording: wording.full)
REFUSED = _in_any_language(lambda wording: wording.refused)
