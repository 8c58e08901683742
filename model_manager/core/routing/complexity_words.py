"""Beginnings of words by which a query shows how much it asks of a model, by language. Data only.

A bar separates them. Those of alphabets match where a word begins, so that inflected forms match too; a "$" ends one
that must be whole. What has a space, a hyphen or an apostrophe in it, and words of scripts without spaces or with
prefixes, match anywhere.
"""

#: Asks for thought: weighing, explaining, finding causes.
REASONING = (
    # English
    "analys|analyz|evaluat|trade-off|tradeoff|compar|contrast|assess|justif|reason|argue$|argument|why$"
    "|difference|advantage|drawback|how do|how does|critiq|criticis|implication|consequence|root cause|diagnos|explain|infer$|deduc|determine|optimal"
    "|step by step|pros and cons|step-by-step|estimat|weigh$|risk|strateg|what would happen|figure out"
    # German
    "|begründ|analysier|bewert|vergleich|abwäg|abzuwäg|erklär|erläuter|warum|ursache|auswirkung"
    "|schlussfolger|vor- und nachteil|optimal|schätz|einschätz|unterschied|funktioniert|beurteil|schritt für schritt"
    # French
    "|analys|évalu|compar|justifi|expliqu|pourquoi|conséquence|raisonn|étape par étape"
    "|avantage|différence|fonctionne|déduis|argument|compromis|estime$|estimer$|estimez$|risque"
    # Spanish, Italian, Portuguese
    "|analic|analiz|evalú|compár|justific|explic|por qué|diferencia|funciona|consecuenci|razon|paso a paso|ventajas"
    "|argument|riesgo|valut|confront|giustific|spieg|perché|differenza|funziona|conseguenz|ragion|passo dopo passo|vantaggi"
    "|analis|avali|porqu|diferença|raciocín|passo a passo|vantagen|risco|rischi|calcola|confronta"
    # Dutch, Polish, Turkish
    "|beredeneer|leg uit|vergelijk|waarom|gevolg|afweg|beoordeel|voor- en nadelen|stap voor stap"
    "|przeanaliz|oceń|porówn|uzasadn|wyjaśn|dlaczego|konsekwencj|krok po kroku|wady i zalety"
    "|analiz|değerlendir|karşılaştır|gerekçe|açıkla|neden$|sonuçlar|adım adım|avantaj"
    # Russian
    "|проанализ|анализ|оцен|сравн|обоснуй|объясн|почему|последстви|рассужд|пошагов|плюсы и минусы"
)
REASONING_ANYWHERE = (
    "分析|评估|比较|论证|为什么|原因|权衡|优缺点|逐步|一步一步|解释|后果|風險|风险|對比|对比"
    "|評価|比較|なぜ|理由|説明|考察|利点|欠点|トレードオフ|段階的|影響"
    "|분석|평가|비교|왜 |이유|설명|장단점|단계별|근거|영향"
    "|حلل|تحليل|قيم|قارن|مقارنة|لماذا|اشرح|علل|مزايا وعيوب|خطوة بخطوة"
    "|विश्लेषण|मूल्यांकन|तुलना|क्यों|समझाइ|समझाओ|व्याख्या|चरणबद्ध|फायदे और नुकसान"
)
#: Asks for a proof or a derivation.
PROOF = (
    "prove$|proof|derive|derivation|counterexample|show that|beweis|herleit|widerleg|zeige, dass"
    "|prouv|démontr|démonstration|montre que|montrer que|montrez que|demuestr|demostr|dimostr|prove que|demonstr"
    "|bewijs|toon aan|udowodn|dowód|wykaż|kanıtla|ispatla|докаж|доказ|вывед|выведи"
)
PROOF_ANYWHERE = "证明|推导|証明|導出|증명|유도해|أثبت|برهن|सिद्ध|साबित"
#: Asks for something to be made that takes skill: software, systems, plans.
BUILDING = (
    "implement|refactor|debug|optimis|optimiz|architect|design|migrat|algorithm|scalab|distribut|concurren|thread|deadlock"
    "|race condition|database|schema|kubernetes|docker|pipeline|microservice|micro-service|authenticat|encrypt|regex|function"
    "|script|api$|sql|complexity|unit test|compil|backend|frontend|framework|cache|latency|throughput|deploy"
    "|business plan|contract|clause|roadmap|budget|forecast|regression|model the|policy|curriculum|dissertation"
    "|research plan|legal|liabilit|tax|portfolio|clinical|hypothes|simulat|protocol|specification|memory leak"
    # German
    "|implementier|entwirf|entwerf|entwickl|optimier|refaktor|architektur|datenbank|algorithmus|funktion$|funktionen|vertrag"
    "|klausel|haftung|steuer|geschäftsplan|simulier|skript|verschlüssel|nebenläufig|skalier|fahrplan|konzept"
    # French
    "|implément|conçois|concevoir|développe|optimis|refactoris|architecture|base de données|algorithme|fonction"
    "|contrat|clause|fiscal|plan d'affaires|simul|chiffre|script"
    # Spanish, Italian, Portuguese
    "|implementa|diseñ|desarroll|optimiz|arquitectura|base de datos|algoritmo|función|contrato|cláusula|fiscal"
    "|progett|svilupp|ottimizz|architettura|funzione|contratto|clausola|implemente|projet|desenvolv|otimiz"
    "|arquitetura|banco de dados|função"
    # Dutch, Polish, Turkish
    "|ontwerp|ontwikkel|optimaliseer|databank|algoritme|functie|overeenkomst|zaprojekt|zaimplement|zoptymaliz|architektur"
    "|baza danych|bazę danych|bazy danych|algorytm|funkcj|umow|tasarla|geliştir|uygula|veritaban|veri taban|algoritma|fonksiyon|sözleşme|mimari"
    # Russian
    "|реализ|спроект|разработ|оптимиз|архитектур|базу данных|базы данных|алгоритм|функци|договор|отрефактор"
)
BUILDING_ANYWHERE = (
    "实现|设计|重构|调试|优化|架构|算法|数据库|函数|分布式|并发|合同|部署"
    "|実装|設計|リファクタ|デバッグ|最適化|アーキテクチャ|アルゴリズム|データベース|関数|契約|分散"
    "|구현|설계|리팩토링|리팩터링|디버깅|최적화|아키텍처|알고리즘|데이터베이스|함수|계약|분산"
    "|صمم|طور|خوارزمية|قاعدة بيانات|دالة|معمارية|عقد|نفذ"
    "|डिज़ाइन|डिजाइन|लागू|एल्गोरिद्म|एल्गोरिथ्म|डेटाबेस|फ़ंक्शन|फंक्शन|अनुबंध|आर्किटेक्चर"
)
#: Asks for a text of some care.
WRITING = (
    "write|draft|summar|rewrite|rephras|essay|email|e-mail|letter|report|article|speech|itinerary|recipe|plan$|outline"
    "|describe|suggest|improve|convert|generate|create|list|give me"
    "|schreib|verfass|fass|zusammenfass|formulier|entwurf|rezept|beschreib|verbesser|erstell|aufsatz|plane"
    "|écris|écrire|rédige|résum|reformul|recette|décri|propose|amélior|crée|lettre|courriel"
    "|escrib|redact|resum|receta|describ|mejora|correo|carta|crea$|sugier"
    "|scriv|riassum|ricetta|descriv|miglior|lettera|suggerisc|escrev|redij|receita|descrev|melhor"
    "|schrijf|vat samen|samenvat|recept|beschrijf|verbeter|napisz|streść|streszcz|przepis|opisz|popraw"
    "|yaz|özetle|tarif|tanımla|iyileştir|öner"
    "|напиши|составь|кратко|перескаж|рецепт|опиши|улучш|предлож|письмо|резюмир"
)
WRITING_ANYWHERE = (
    "写一|撰写|总结|改写|邮件|菜谱|描述|建议|生成|列出|書いて|作成|要約|メール|レシピ|書き直|提案|作って"
    "|작성|요약|써 ?줘|이메일|레시피|추천|만들어|다시 써|اكتب|لخص|رسالة|وصفة|اقترح|صف |लिख|सारांश|ईमेल|रेसिपी|सुझाव|बनाइ|बनाओ"
)
MATHEMATICS = (
    "theorem|lemma|integral|integrate$|integrating$|derivativ|differential equation|eigen|matrix|matrices|polynomial|probabilit"
    "|combinatori|induction|converge|irrational|prime number|modulo|bayes|variance|standard deviation|gradient"
    "|sum of|equation|inequalit|topolog|isomorph|group theory|logarithm|vector space|expected value|permutation|np-hard"
    "|satz$|ableitung|gleichung|wahrscheinlich|primzahl|matrix|eigenwert|induktion|konvergi|erwartungswert"
    "|théorème|intégrale|dérivée|équation|probabilité|nombre premier|récurrence|espérance"
    "|teorema|derivada|ecuaci|probabilidad|primo|inducci|equazion|probabilità|primi$|equaç|probabilidade|induç"
    "|integraal|afgeleide|vergelijking$|kans|priemgetal|całk|pochodn|równani|prawdopodob|liczba pierwsz|liczby pierwsz|indukcj"
    "|integral|türev|denklem|olasılık|asal|tümevarım|интеграл|производн|уравнени|вероятност|простых чисел|простое число"
    "|индукци|теорем|матриц"
)
MATHEMATICS_ANYWHERE = (
    "定理|积分|導数|导数|方程|概率|矩阵|归纳|素数|期望|積分|微分|確率|行列|帰納|방정식|적분|미분|확률|행렬|귀납|소수"
    "|معادلة|تكامل|مشتقة|احتمال|مصفوفة|الاستقراء|समीकरण|समाकल|अवकल|प्रायिकता|आव्यूह|अभाज्य|गणितीय आगमन"
)
#: Small talk, look-ups, one-liners.
EASY = (
    "hi$|hey$|hello|thanks|thank you|good morning|good evening|good night|how are you|what is the capital|what is the time|what is the weather|what's the capital|what's the weather"
    "|translate|capital of|how old|how tall|how far|how many|how much|who is|who was|who wrote|who painted|when is|when was|when did|spell|synonym"
    "|define$|meaning of|joke|tell me a|recommend|what day|convert|is it$|in one word|one word|yes or no|opposite of"
    "|hallo|danke|guten morgen|guten abend|guten tag|wie geht|hauptstadt|übersetz|wie viel|wie alt|wie hoch|wie spät|wer ist|wer war|wer hat"
    "|wann|witz|synonym|gegenteil|bonjour|salut|merci|ça va|capitale|tradui|combien|qui est|qui a |quand|blague"
    "|hola|gracias|buenos|cómo estás|capital de|traduc|cuánt|quién|cuándo|chiste|ciao|grazie|come stai|buon"
    "|traduci|quanti$|quanto$|quante$|quanta$|chi è|chi ha|quando|barzelletta|olá|oi$|obrigad|bom dia|tudo bem|traduz|quem|piada"
    "|hoi$|dank|goede|hoe gaat|hoofdstad|vertaal|hoeveel|wie is |wie was|wie schreef|wanneer|mop$"
    "|cześć|dzięk|dzień dobry|jak się masz|stolic|przetłumacz|ile$|kto$|kiedy|żart"
    "|merhaba|selam|teşekkür|günaydın|nasılsın|başkent|çevir|kaç|kim$|ne zaman|şaka|fıkra"
    "|привет|спасибо|доброе|добрый|как дела|столиц|переведи|сколько|кто$|когда|шутк|анекдот"
)
EASY_ANYWHERE = (
    "你好|谢谢|早上好|首都|翻译|多少|几点|谁|什么时候|笑话|天气|こんにちは|ありがとう|おはよう|首都|翻訳|訳して|いくつ|何時|誰|いつ|天気"
    "|안녕|고마워|감사|수도|번역|몇 |누구|언제|농담|날씨|مرحبا|شكرا|صباح|عاصمة|ترجم|كم |من هو|متى|نكتة|नमस्ते|धन्यवाद|राजधानी|अनुवाद|कितन|कौन|कब |चुटकुला|मौसम"
)
#: Orders what is to be done, or demands something of it.
STEPS = (
    "first$|firstly$|second$|secondly$|third$|thirdly$|then$|finally$|must$|should$|at least|at most|without$|no more than|constraint$"
    "|require|assum|given that|suppose$|each$|both$|including$|ensure$|support$|only if"
    "|zuerst$|dann$|danach$|schließlich$|muss$|müssen$|soll$|mindestens$|höchstens$|ohne$|außerdem$|jeweils$|sowie$"
    "|d'abord|ensuite$|puis$|enfin$|doit$|doivent$|au moins|sans$|chaque$|primero$|luego$|después$|debe$|al menos|sin$|cada$|además$"
    "|prima$|poi$|infine$|deve$|almeno$|senza$|ogni$|primeiro$|depois$|pelo menos|sem$"
    "|eerst$|vervolgens$|moet$|minstens$|zonder$|elk$|najpierw$|potem$|następnie$|musi$|co najmniej|bez$|każd"
    "|önce$|sonra$|ardından$|gerek$|en az|her bir|сначала$|затем$|потом$|должн|не менее|без$|кажд"
)
STEPS_ANYWHERE = (
    "首先|然后|最后|必须|至少|每个|不能|并且|まず|次に|最後に|必ず|少なくとも|それぞれ|먼저|다음|마지막|반드시|최소|각각"
    "|أولا|ثم|يجب|على الأقل|بدون|पहले|फिर|अंत में|चाहिए|कम से कम|बिना|प्रत्येक"
)
