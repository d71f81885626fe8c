"""What the web page shows, and what a click on it means; knows no web framework and lets no text through unescaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from ..adapters.feedback import Feedback
from ..retrieval.errors import DataError
from ..retrieval.items import Item
from .reply import AdapterReport, Recommendation, Reply
from .session import Session

N_CARDS = 5
_MAX_CAST = 4
_MAX_MOODS = 5
_MAX_CHAT = 200

CARDS_SCRIPT = """
// The cards are drawn anew with every change; only their frame stays, so it listens for all of them.
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-action]');
  if (!button) return;
  const card = button.closest('[data-item]'), item_id = card.dataset.item;
  trigger('click', {action: button.dataset.action, item_id, stars: Number(button.dataset.stars || 0)});
  if (button.dataset.action === 'why') {
    document.getElementById('chat')?.scrollIntoView({block: 'nearest', behavior: 'smooth'});
  } else {
    card.classList.add('saving');
    setTimeout(() => card.classList.remove('saving'), 8000);
  }
});
"""

View = tuple[list[dict[str, str]], str, str]


@dataclass(slots=True)
class Conversation:
    """What one open page holds.

    Args:
        session: The recommender's side of it.
        chat: Messages, each with "role" and "content".
        cards: The cards that are shown.
        marks: The last feedback given on an item, by item id.
        adapter: The weights that serve; None before the first event.
    """

    session: Session
    chat: list[dict[str, str]] = field(default_factory=list)
    cards: tuple[Recommendation, ...] = ()
    marks: dict[str, Feedback] = field(default_factory=dict)
    adapter: AdapterReport | None = None

    def add(self, role: str, text: str) -> dict[str, str]:
        """Append a message and return it, so that it can grow; the oldest messages go."""
        message = {"role": role, "content": text}
        self.chat.append(message)
        del self.chat[:-_MAX_CHAT]
        return message

    def answered(self, reply: Reply, message: dict[str, str] | None = None) -> None:
        """Show a reply, in a message that is there already or in a new one."""
        self.adapter = reply.adapter
        if reply.action == "recommend":
            self.cards = reply.items
        if reply.action == "forget":
            self.chat, self.cards, self.marks = [], (), {}
        evidence = reply.items[0].evidence if reply.action == "why" and reply.items else ()
        lines = [f"• {fact.claim} – {fact.source}" for fact in evidence]
        text = "\n".join([reply.text.strip(), *(["", "What this rests on:"] if lines else []), *lines])
        (message or self.add("assistant", ""))["content"] = text

    def clicked(self, click: object) -> tuple[Item, Feedback | None]:
        """Return the card that was clicked, and the feedback it was given; None where the click asks why.

        Args:
            click: What the browser sent, which may be anything.

        Raises:
            DataError: It is not a click on a card that is shown.
        """
        sent = click if isinstance(click, dict) else {}
        action, item_id, stars = (sent.get(key) for key in ("action", "item_id", "stars"))
        item = next((card.item for card in self.cards if card.item.item_id == item_id), None)
        if item is None:
            raise DataError("that card is no longer shown; ask again for a list")
        if action == "why":
            return item, None
        if action == "rate":
            return item, Feedback.from_stars(self.session.user_id, item.item_id, stars if type(stars) is int else 0)
        if action == "like":
            return item, Feedback(self.session.user_id, item.item_id, 1.0, "like")
        if action == "dislike":
            return item, Feedback(self.session.user_id, item.item_id, -1.0, "dislike")
        raise DataError("that button is not known; reload the page")

    def view(self, *, doing: str = "") -> View:
        """Return what the page shows: messages (escaped, for the chat reads them as HTML), cards, taste.

        Args:
            doing: What is being worked on, shown as the last message.
        """
        last = [{"role": "assistant", "content": doing}] if doing else []
        chat = [{**message, "content": escape(message["content"])} for message in (*self.chat, *last)]
        return chat, cards_html(self.cards, self.marks), taste_html(self.adapter)


def cards_html(cards: Sequence[Recommendation], marks: Mapping[str, Feedback]) -> str:
    """Return the list of cards.

    Args:
        cards: Best first; those after the fifth are left out.
        marks: The last feedback given on an item, by item id.

    Examples:
        >>> "<script>" in cards_html([Recommendation(Item("x", "film", "<script>"), 0.0, {})], {})
        False
    """
    if not cards:
        return '<p class="empty">What I would pick for you appears here.</p>'
    shown = enumerate(cards[:N_CARDS], start=1)
    return "".join(card_html(place, card, marks.get(card.item.item_id)) for place, card in shown)


def card_html(place: int, card: Recommendation, mark: Feedback | None) -> str:
    """Return one card; ``place`` counts from 1 and makes its ids (``card-1``, ``card-1-star-4``, ``card-1-why``)."""
    item, name = card.item, f"card-{place}"
    year = f' <span class="year">({item.year})</span>' if item.year else ""
    reason = f"<p class='reason'>{escape(card.explanation)}</p>" if card.explanation else _WAITING
    return (
        f'<article class="card" id="{name}" data-item="{escape(item.item_id)}" aria-labelledby="{name}-title">'
        f'<h3 id="{name}-title"><span class="place" aria-hidden="true">{place}</span>{escape(item.title)}{year}</h3>'
        f'<p class="facts">{_facts(item)}</p>{_people(item)}{_moods(item)}{reason}'
        f'<div class="controls">{_stars(name, item, mark)}{_buttons(name, item, mark)}</div>'
        f'<p class="mark" id="{name}-mark" role="status">{_mark(mark)}</p></article>'
    )


def said(item: Item, feedback: Feedback | None) -> str:
    """Say a click as a person would.

    Examples:
        >>> said(Item("heat-1995", "film", "Heat", year=1995), Feedback.from_stars("ada", "heat-1995", 4))
        '★★★★☆ Heat (1995)'
    """
    if feedback is None:
        return f"Why {item.label}?"
    if feedback.kind == "rating":
        stars = _given_stars(feedback)
        return f"{'★' * stars}{'☆' * (5 - stars)} {item.label}"
    return f"{feedback.kind.capitalize()} {item.label}"


def taste_html(report: AdapterReport | None) -> str:
    """Return the line that says which weights serve now.

    Examples:
        >>> "nothing learned yet" in taste_html(None)
        True
    """
    if report is None:
        return "<b>Your taste</b> <span>nothing learned yet</span>"
    facts = (
        (f"version {report.version}", "how often your weights were learned anew"),
        (report.sha256[:8], f"SHA-256 of your weights: {report.sha256}"),
        (_count(report.steps, "step"), "gradient steps away from the shared start"),
        (_count(report.events, "event"), "what you rated, liked or said, as stored on this machine"),
        (f"moved {100 * report.moved:.1f} points", "how far predictions moved from those of the shared start"),
    )
    spans = " · ".join(f'<span title="{escape(title)}">{escape(text)}</span>' for text, title in facts)
    return f"<b>Your taste</b> {spans}"


_WAITING = '<p class="reason waiting" aria-busy="true">Looking for a good reason …</p>'


def _facts(item: Item) -> str:
    """Return genres, length, language and country on one line, each only where known."""
    length = f"{item.runtime_min} min" if item.runtime_min else f"{item.pages} pages" if item.pages else ""
    place = ", ".join(part for part in (item.country, item.language) if part)
    genres = ", ".join(item.genres)
    return " · ".join(escape(part) for part in (genres[:1].upper() + genres[1:], length, place) if part)


def _people(item: Item) -> str:
    cast = item.people.get("cast", ())[:_MAX_CAST]
    told = [f"By <b>{escape(', '.join(item.makers))}</b>"] if item.makers else []
    told += [f"with {escape(', '.join(cast))}"] if cast else []
    return f'<p class="people">{" ".join(told)}</p>' if told else ""


def _moods(item: Item) -> str:
    chips = "".join(f"<li>{escape(mood)}</li>" for mood in item.moods[:_MAX_MOODS])
    return f'<ul class="moods" aria-label="Moods">{chips}</ul>' if chips else ""


def _stars(name: str, item: Item, mark: Feedback | None) -> str:
    given = _given_stars(mark)
    stars = "".join(
        f'<button type="button" id="{name}-star-{n}" data-action="rate" data-stars="{n}"'
        f'{" class=on" if n <= given else ""} aria-pressed="{str(n == given).lower()}"'
        f' aria-label="{_count(n, "star")} for {escape(item.label)}">★</button>'
        for n in range(1, 6)
    )
    return f'<div class="stars" role="group" aria-label="Rate {escape(item.label)}">{stars}</div>'


def _buttons(name: str, item: Item, mark: Feedback | None) -> str:
    kind = mark.kind if mark else ""
    like, dislike = (
        f'<button type="button" id="{name}-{action}" data-action="{action}"'
        f' aria-pressed="{str(kind == action).lower()}" aria-label="{action.capitalize()} {escape(item.label)}">'
        f"{action.capitalize()}</button>"
        for action in ("like", "dislike")
    )
    why = (
        f'<button type="button" id="{name}-why" data-action="why" class="why"'
        f' aria-label="Why {escape(item.label)}?">Why this?</button>'
    )
    return like + dislike + why


def _mark(mark: Feedback | None) -> str:
    if mark is None:
        return ""
    if mark.kind == "rating":
        return f"You gave it {_count(_given_stars(mark), 'star')}."
    return "You like it." if mark.reward > 0 else "Not for you."


def _given_stars(mark: Feedback | None) -> int:
    return int(mark.context.removeprefix("stars=")) if mark and mark.kind == "rating" else 0


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"
