"""Letters and digits that can be mistaken for another, made by packaging/make_confusables.py; do not edit.

Source: Unicode Technical Standard 39, confusables.txt; single letters and digits in folded form only.
`PAIRS` is look-alike, prototype, look-alike, prototype, …
"""

# ruff: noqa: RUF001
PAIRS = (
    "ěĕıiőöƅbƍgƨ2ƫţƽ5ƿþǀlǎăǐĭǒŏǔŭǧğǵģțţȝ3ȣ8ȧåɑaəǝɜ3ɡgɣyɩiɪiɯwɲņʀrʋuʏyʒ3ʝjˁʕͻɔαaβbγyεe"
    "ζzηhιiκkλʌμmνnοoρpσcτtυuφɸχxϛcϝfϩ2ϳjϸþϻmаaб6вbгrеeз3иͷкkлʌмmнhоoпπрpсcтtуyфɸхxьb"
    "ѕsіiјjѝйѡwѱψѵvүyһhҽeҿęӌҷӏiәǝӡ3ԁdԋƕԍgԑɛԛqԝwՙʿաwգqզqհhյȷոnպɰռnսuտsցgփɸքfօo۱l۵o۷v۸ʌ"
    "०o০o৪8৭9੦o੧9੪8ઽऽ૦o૨२૩३૪४૮८ଠo୦o୨9ஜஐரஈ௦o௧க௨உ௪ச௭எ௮அ௰ய౦oಅఅಆఆಇఇಒఒಜజಞఞಣణಯయಱఱಲల೦o೧౧೨౨೯౯"
    "ഉஉജஐഠoണணറരഴழശஶൎॱൡഞ൦o൭9෪ජ෫දฃขซชฏฎดคตคทฑมฆฦภๅา๐oຈจຍยບบປปຝฝພพຟฟ໐oཪརဝo၀oၥ၁ყyჳ3ჿoᆨᄀᆫᄂ"
    "ᆮᄃᆯᄅᆷᄆᆸᄇᆺᄉᆼᄋᆽᄌᆾᄎᆿᄏᇀᄐᇁᄑᇂᄒᇫᅀᇰᅌᇹᅙሀuሆմሣɰቀɸበnቡnኔձኮիዐoጣɰᎠdᎡrᎢtᎤơᎥiᎩyᎪaᎫjᎬeᎮɂᎱrᎳwᎷmᎻhᎽy"
    "ᎿţᏀgᏂhᏃzᏇwᏋɛᏎ4ᏏbᏒrᏔwᏕsᏙvᏚsᏞlᏟcᏢpᏦkᏧdᏮ6ᏳgᏴbᐃδᐯvᐱʌᑌuᑎnᑭpᑯdᑲbᒍjᒥyᒪlᒿ2ᓑᐡᕀᐩᕁxᕼhᕽxᖇrᖯb"
    "ᖴfᗄɐᗅaᗞdᗪdᗯwᗰmᗷbᘂᒐᘃᒉᘄᓓᘇᓚᘢᕃᘣᕆᘤᕊᘮʊᘯωᘴʊᘵωᙆzᚷxᛁlᛂᚽᛕkᛖmᛘψᛡᚼᛰɸឣអᡕᠵᢖᡜᣔʌᣖpᣳlᣴrᣵs᧐ᦞ᧑ᦱ᪀ᩅ᪐ᩅ"
    "᭒ᬍ᭓ᬑ᭘ᬨᴀaᴄcᴅdᴇeᴈ3ᴊjᴋĸᴍʍᴎͷᴏoᴐɔᴑoᴘpᴙяᴛtᴜuᴠvᴡwᴢzᴤ2ᴦrᴧʌᴨπᴩpᴫʌᶃgᶌyᶐɋḃᑳẝfẟδỿyⅎᖵↄɔ➀1➁2➂3"
    "➃4➄5➅6➆7➇8➈9ⱶͱⲅrⲇδⲏhⲓlⲕkⲗʌⲙmⲛnⲟoⲡπⲣpⲥcⲧtⲩyⲫɸⲭxⲯψⲱωⲽшⳋ9ⳍ3ⳑlⳓ6ⳝϭⳤϗⴷʌⴸvⴹeⴺǝⵉʃⵏlⵔoⵕq"
    "ⵙʘⵝxⵠδⵣᛯ〇oヘへーᅳ㦳㘽䎛㖈䐠㬻一ᅳ丨ᅵ二ニ亻イ倂併值値八ハ力カ卜ト口ロ啟啓囗ロ填塡士土壿墫夕タ嬀媯工エ帲帡幐㬺戸戶搉㩁晣䀿晩晚曶㫚朦䑃柿杮槩㮣樧榝潙溈"
    "硏研絶絕肦朌胊朐胐朏胶㬵脁朓脧朘腁胼膧朣蔿蒍虁蘷訞䚶詽訮讏讆豣豜趆赿跺跥躛躗輧軿郞郎鎮鎭隸隷鹃鹂黒黑鿃䀹ꓐbꓑpꓒdꓓdꓔtꓕʇꓖgꓗkꓙjꓚcꓛɔꓜzꓝfꓞᖵ"
    "ꓟmꓠnꓡlꓢsꓣrꓥʌꓦvꓧhꓪwꓫxꓬyꓭᙠꓮaꓯɐꓰeꓱǝꓲlꓳoꓴuꓵnꓷᗡꙅ2ꙇiꙍωꙩʘꚡͷꚰᚹꚱͱꛍʡꛎʌꛛπꛟvꛯ2ꜱsꜿͽꝛ2ꝫ3ꝯ9ꞇⴀꞓɛ"
    "ꞕꜧꞙfꞝʚꞟuꞵbꞷωꟷᅳꟻᖷꦒⰿꦣꦝ꩓ꨁ꩖ꨣꬲeꬵfꬽoꭇrꭈrꭍʃꭎuꭑṃꭒuꭓxꭕxꭚyꭠљ𐊂b𐊅δ𐊆e𐊇f𐊊l𐊍ʌ𐊐x𐊒o𐊔ᛜ𐊕p𐊖s𐊗t𐊠a𐊡b𐊢c"
    "𐊣δ𐊥f𐊨ꚛ𐊫o𐊭ϙ𐊰m𐊱t𐊲y𐊳ɸ𐊴x𐊵ψ𐊶ω𐊸ⵀ𐋏h𐋵z𐌁b𐌂c𐌉l𐌑m𐌒ϙ𐌕t𐌗x𐌚8𐌠l𐌢x𐏑𐎂𐏓𐎓𐐩ɛ𐐪ʚ𐐬o𐐹ꓶ𐐺ꞛ𐐽c𐐿ɷ𐑂ɞ𐑃l𐑇ɒ𐑈s𐑋ɔ𐑍ͷ"
    "𐒠𐒆𐓘ʌ𐓛ʌ𐓜r𐓤ӄ𐓪o𐓫ʘ𐓬þ𐓵ћ𐓶u𐓸ᛦ𐓹ψ𐓺7𐔓n𐔖o𐔘k𐔜c𐔝v𐔥f𐔦l𐔧x𑇜ꣻ𑒒ঘ𑒔চ𑒖জ𑒘ঞ𑒙ট𑒛ড𑒝ল𑒞ত𑒟থ𑒠দ𑒡ধ𑒢ন𑒣প𑒧ম𑒨য𑒩ব𑒪ণ𑒫র"
    "𑒭ষ𑒮স𑓄ঽ𑓅ẇ𑓐o𑓑১𑓒২𑓖৬𑗘𑖂𑗙𑖂𑗚𑖃𑗛𑖄𑜆v𑜊w𑜎w𑜏w𑣀v𑣁s𑣂f𑣃i𑣄y𑣆7𑣈o𑣉z𑣊3𑣌9𑣎e𑣏4𑣒l𑣕6𑣖9𑣗o𑣘u𑣛5𑣜t𑣠o𑣥z𑣦w𑣩c𑣬x"
    "𑣯w𑣲c𒀸𐎚𖼇y𖼈v𖼊t𖼖l𖼚δ𖼜ꙙ𖼦ꓶ𖼨l𖼭ɛ𖼵r𖼺s𖼻3𖼽ʌ𖽀a𖽂u𖽃y"
)

PROTOTYPES = dict(zip(PAIRS[::2], PAIRS[1::2], strict=True))
