"""The posts of the invented world: Kazakh, Russian, mixed; before, on and after the boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from api_world import NOW, World, at, make_gap, make_health

from core.model import Decision
from core.when import CivilDate, Instant, Interval

HOSTILE = '<img src=x onerror="alert(1)"><script>document.title="owned"</script>'


def full_world(**more: object) -> World:
    """Some thirty posts, seven sources, one of them silent."""
    world = World(**more)  # type: ignore[arg-type]
    _silence(world)
    _before(world)
    _rest(world)
    _health(world)
    return world


def _silence(world: World) -> None:
    first = world.post(
        "omarov",
        "Құрметті жерлестер! Ертең сайлау. Тимур Омаровқа дауыс беріңіздер, бірге жеңеміз! "
        "Біздің бағдарлама: жаңа мектеп, таза су, жарық көшелер.",
        Instant(at("18 09:30")), language="kk", candidate=("ala-omarov", "Тимур Омаровқа"),
        words=("дауыс беріңіздер", "бірге жеңеміз"),
    )  # fmt: skip
    (silence,) = [
        one
        for one in first.flags
        if one.judgement.flags[one.flag_number].rule == "silence_violation"
    ]
    world.archive.decide(
        first.record.id,
        Decision(
            silence.id, "confirmed", "a.serikova", "Тыныштық күнгі тікелей үндеу.",
            NOW - timedelta(minutes=20),
        ),
    )  # fmt: skip
    world.post(
        "auyl",
        "Дорогие друзья! Завтра голосуем за партию «Ауыл» — вместе мы сила села. "
        "Ауылға дауыс бер, ауыл аман болсын!",
        Instant(at("18 00:20")), language="mixed", party=("auyl", "«Ауыл»"),
        words=("голосуем за партию «Ауыл»", "Ауылға дауыс бер"),
    )  # fmt: skip
    world.post(
        "auyl", "Наши избиратели решают судьбу села. Голосуйте за список «Ауыл»!",
        Instant(at("18 11:00")), party=("auyl", "«Ауыл»"), words=("Голосуйте за список",),
    )  # fmt: skip
    world.post(
        "akimat",
        "Коллектив акимата поддерживает кандидата Серикбаева и призывает голосовать за него 19 "
        "марта. Он знает нужды области и не подведёт.",
        Instant(at("18 08:15")), title="Обращение коллектива", score=0.78,
        words=("призывает голосовать за него",), candidate=("akt-serikbaev", "Серикбаева"),
    )  # fmt: skip
    world.post(
        "blog",
        "Опрос в нашем чате: 54 % за «Amanat», 21 % за «Ауыл», остальные не решили. Прогноз на "
        "воскресенье понятен.",
        Instant(at("18 07:45")), kind="news_report", score=0.66, party=("amanat", "«Amanat»"),
        signal=("poll", "", "54 % за «Amanat», 21 % за «Ауыл»"),
    )  # fmt: skip
    world.post(
        "aqtobe",
        "Жұма Ерболатты қолдайық, ағайын! Ауданымызға жаңа жол салып берген азамат.",
        CivilDate(date(2023, 3, 18)), language="kk", words=("қолдайық",),
        candidate=("akt-zhuma", "Жұма Ерболатты"), score=0.81,
    )  # fmt: skip
    edited = world.post(
        "aqtobe", "Бүгін қалада субботник өтті. Жастар көше тазалады.",
        Instant(at("17 16:00")), language="kk",
        edit=("Серікбаев Нұржанға дауыс беріңіздер!", at("18 12:40"), True),
        words=("дауыс беріңіздер",), candidate=("akt-serikbaev", "Серікбаев Нұржанға"),
    )  # fmt: skip
    judged_before(world, edited.record.id)


def judged_before(world: World, ident: str) -> None:
    """An earlier judgement of the same post stays beside the current one."""
    state = world.archive.posts[ident]
    old = [replace(one, id=f"old-{one.id}", current=False) for one in state.flags[:1]]
    world.archive.posts[ident] = replace(state, flags=(*state.flags, *old))


def _before(world: World) -> None:
    world.post(
        "omarov",
        "Кездесуге келіңіздер: жұма күні сағат 18:00, №12 мектеп. Тимур Омаров, кандидат.",
        Instant(at("16 10:00")), language="kk", candidate=("ala-omarov", "Тимур Омаров"),
        words=("Кездесуге келіңіздер",),
    )  # fmt: skip
    world.post(
        "auyl", "Последний вечер кампании. Спасибо всем, кто поверил в партию «Ауыл»!",
        Instant(at("17 23:40")), party=("auyl", "«Ауыл»"), words=("Спасибо всем",), score=0.62,
    )  # fmt: skip
    world.post(
        "blog", "Маңғыстауда халық не дейді? Сұрасақ, көбі барам дейді, біразы бармаймын дейді.",
        Instant(at("17 12:00")), language="kk", kind="other", score=0.55,
    )  # fmt: skip
    world.post(
        "qalam",
        "По данным опроса 1200 жителей, лидируют две партии. Социологи отмечают рост явки "
        "среди молодёжи.",
        Instant(at("15 14:20")), title="Что показал последний опрос", kind="news_report",
        signal=("poll", "", "По данным опроса 1200 жителей, лидируют две партии"),
    )  # fmt: skip
    for day, words in ((9, "Наш кандидат открыл приёмную"), (11, "Программа из десяти шагов")):
        world.post(
            "omarov", f"{words}. Приходите и задавайте вопросы. Подробности на сайте.",
            Instant(at(f"{day:02} 12:00")), words=(words,),
        )  # fmt: skip


def _rest(world: World) -> None:
    world.post(
        "blog",
        "Өзім көрдім: дауыс үшін 5000 теңге беріп жатыр. Говорят, деньги дают возле рынка. "
        "Полиция, қайдасыздар?",
        Instant(at("18 10:10")), language="mixed", kind="other",
        signal=("vote_buying", "reports", "дауыс үшін 5000 теңге беріп жатыр"),
    )  # fmt: skip
    world.post(
        "akimat", "Кто не придёт на выборы, останется без премии. Явка обязательна для всех.",
        Instant(at("17 09:00")), kind="civic_info",
        signal=("intimidation", "commits", "Кто не придёт на выборы, останется без премии"),
    )  # fmt: skip
    world.post(
        "blog", "Голосовать можно и в понедельник, 20 марта, по СМС. Передайте соседям!",
        Instant(at("18 06:30")), kind="civic_info",
        signal=("voting_misinfo", "", "Голосовать можно и в понедельник, 20 марта, по СМС"),
    )  # fmt: skip
    world.post(
        "qalam", "Участки работают с 7:00 до 20:00. Возьмите удостоверение личности.",
        Instant(at("18 09:00")), title="Как проголосовать 19 марта", kind="civic_info",
        author="Редакция",
    )  # fmt: skip
    world.post(
        "qalam", f"Читатель прислал нам текст: {HOSTILE} Мы показываем его как есть.",
        Instant(at("18 08:00")), title=f"Заголовок {HOSTILE}", kind="other",
        url="javascript:alert(document.domain)",
    )  # fmt: skip
    world.post(
        "aqtobe", "Қарғалы ауданында қар еріп, су көтерілді. Құтқарушылар дайын.",
        Instant(at("18 13:00")), language="kk", kind="other",
        gone=Interval(at("18 13:30"), at("18 14:00")),
    )  # fmt: skip
    world.post(
        "chat", "Завтра все за Омарова, скидываю список кого звать.",
        Instant(at("18 12:00")), candidate=("ala-omarov", "Омарова"), words=("все за Омарова",),
    )  # fmt: skip
    for hour in range(10):
        world.post(
            "qalam",
            f"Қысқаша шолу, {hour + 1}-шығарылым: ауа райы, жол, мәдениет және спорт жаңалықтары. "
            + "Толығырақ сайтта оқыңыз. " * 12,
            Instant(at(f"17 {hour + 8:02}:05")), title=f"Күн шолуы №{hour + 1}", language="kk",
            kind="news_report" if hour % 2 else "other",
        )  # fmt: skip


def _health(world: World) -> None:
    silent = make_gap("akimat", 12, "429 Too Many Requests, twice in a row; the feed asks to wait.")
    world.archive.gap_list = [silent, make_gap("akimat", 42, "connection refused")]
    world.archive.health = [
        make_health("qalam"),
        make_health("aqtobe", posts_last_day=31),
        make_health("omarov", posts_last_day=5, last_new_post=NOW - timedelta(hours=3)),
        make_health("auyl", last_new_post=NOW - timedelta(hours=4)),
        make_health(
            "akimat", failures_in_a_row=3, last_success=NOW - timedelta(hours=5), last_gap=silent,
            last_new_post=None, posts_last_day=0,
        ),
        make_health("blog", posts_last_day=2, last_new_post=NOW - timedelta(hours=9)),
    ]  # fmt: skip
