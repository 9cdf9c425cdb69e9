"""The most common words of languages in Latin and Cyrillic script: articles, pronouns, prepositions, auxiliaries."""

from __future__ import annotations

__all__ = ["FUNCTION_WORDS"]

_LISTS = {
    "en": "the of and to in is that it was for with as his on be at by this had not are but from or have an they "
    "which you were her all she there would their we him been has when who will more no if out so what up "
    "about into than them can only other time my do its how these your our over some does should could "
    "because between where why i me",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus "
    "er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber "
    "vor zur bis mehr durch man sein wurde wenn ich wir kann mein welche diese dieser was wo warum",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son "
    "aux d l qu c s n ou mais comme nous cette été ces elle sa leur y être deux je vous ses même fait était "
    "où sans ils peut quel quelle comment pourquoi",
    "es": "de la que el en y a los se del las un por con una su para es al lo como más o pero sus le ha me si sin "
    "sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde está mi "
    "porque qué cómo nos durante uno ni contra ese eso",
    "it": "di e il la che in a per un è del non una i le con si da della dei al sono come più lo alla nel ha gli "
    "delle anche o se nella ma su dal ai suo loro questo essere era ci degli questa stato tra cui quando "
    "perché io mi ed dalla alle sulla",
    "pt": "de a o que e do da em um para é com não uma os no se na por mais as dos como mas foi ao ele das tem à "
    "seu sua ou ser quando muito há nos já está eu também só pelo pela até isso ela entre era depois sem "
    "mesmo aos ter seus quem nas me esse eles são você",
    "nl": "de het een en van in is dat op te zijn met voor niet aan er om ook als dan maar bij nog uit door naar "
    "over ze wordt heeft ik hij worden deze of tot je was hebben meer kan werd zich we haar dit onder zoals "
    "omdat geen wat waar hoe waarom",
    "sv": "och i att det som en på är av för med den till inte har de ett om var jag men sig så från vi han när kan "
    "nu eller efter ska vid hon mot skulle under finns också dem där denna bara alla mycket blir över utan "
    "hur varför vad",
    "da": "og i at det er en på af for med den til ikke har de et om var jeg men sig så fra vi han når kan nu eller "
    "efter skal ved hun mod ville under også dem der denne kun alle meget bliver over uden hvordan hvorfor "
    "hvad som blev",
    "no": "og i at det er en på av for med den til ikke har de et om var jeg men seg så fra vi han når kan nå eller "
    "etter skal ved hun mot ville under også dem der denne bare alle mye blir over uten hvordan hvorfor hva "
    "som ble",
    "fi": "ja on ei se että oli hän mutta ovat kuin niin myös tai sen olla joka mukaan kun ole jos vain voi sekä "
    "jonka ne tämä mitä jo minä hänen kaikki tästä jotka vuoden sitä mikä miten miksi olisi",
    "pl": "w i na z się nie do to że jest o jak ale po co od za tak przez dla są był czy być jego ze tym już tylko "
    "było może który która które oraz jej ich przed bardzo kiedy dlaczego",
    "cs": "a v se na je že s z o k i do to ve pro za by ale jako po však od byl jsou nebo které který která jen při "
    "tak podle jsem než jeho není bylo být také jak proč",
    "ro": "de în a la și cu o pe din să se care nu un este pentru au mai că fost sau ca ale dar prin al fi lui sunt "
    "după acest când cum această asupra dintre",
    "hu": "a az és hogy nem is egy volt meg ez de már csak mint még el lesz van vagy ha ki azt kell minden ezt mert "
    "amely után nagyon lehet között aki miért hogyan",
    "tr": "ve bir bu da de için ile olarak çok daha olan gibi en ne kadar sonra ama olduğu var her o ki ise değil "
    "veya kendi tarafından ancak şey nasıl neden göre",
    "id": "yang dan di itu dengan untuk tidak ini dari dalam akan pada juga saya ke karena tersebut bisa ada mereka "
    "lebih kata tahun sudah atau saat oleh menjadi orang adalah bagaimana",
    "ru": "и в не на я что он с а как то это по но из у за от так о же к бы для вы был она мы они его все только "
    "или еще при которые может быть есть их также когда почему",
    "uk": "і в не на я що він з а як то це по але із у за від так про же до би для ви був вона ми вони його все "
    "тільки або ще при які може бути є їх також коли чому та",
    "bg": "и на в да не се за от е с това как по но са че ще като до при към или който които може има бе той тя "
    "беше още само защо",
}


def _by_word() -> dict[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for language, words in _LISTS.items():
        for word in dict.fromkeys(words.split()):
            if len(word) == 1 and word.isascii():
                continue  # labels and variables occur in any language
            out[word] = (*out.get(word, ()), language)
    return out


FUNCTION_WORDS: dict[str, tuple[str, ...]] = _by_word()
"""{word: the languages in which it is common}"""
