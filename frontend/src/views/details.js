/** Everything about a room beside its history: what it is, who is in it, how to let others in, what one is told of it, how to leave. */
import { icon } from '../icons.js';
import { mayInvite } from '../lib/rooms.js';
import { About } from './about.js';
import { element, setChildren, setText } from './element.js';
import { errorWords } from './error-words.js';
import { Kept } from './kept.js';
import { Members } from './members.js';
import { PeopleField } from './people-field.js';
import { personLine, showLines } from './person-line.js';
import { endings, levelChoice } from './room-actions.js';

/** Names drawn at most; the rest are counted (the server sends as many on joining). */
const SHOWN = 500;
/** A crowd that comes would be asked about without end. */
const ASK_AGAIN_MS = 10_000;
/** People invited at one time. */
const MOST_INVITED = 20;

export class Details {
  #leaving = new AbortController();
  /** @type {import('./context.js').PageContext} */
  #context;
  /** @type {string} */
  #id;
  #page;
  #title;
  #about;
  #kept;
  #here = element('h3', {});
  #list = element('ul', { class: 'people__list' });
  #more = element('p', { class: 'quiet' });
  /** @type {Members | null} */
  #members = null;
  /** @type {PeopleField | null} */
  #invited = null;
  #parts = {
    people: element('section', { class: 'details__section' }),
    invite: element('section', { class: 'details__section', hidden: true }),
    endings: element('section', { class: 'details__section' }),
  };
  /** What the room was when its parts were made: `kind` and rights. */
  #made = '';
  #askAgain = 0;

  /**
   * @param {import('./context.js').PageContext} context
   * @param {string} id of the room
   */
  constructor(context, id) {
    const { t, store } = context;
    const { signal } = this.#leaving;
    const room = store.rooms.get(id);
    this.#context = context;
    this.#id = id;
    this.#page = element('h1', { class: 'visually-hidden', hidden: true }, room?.name ?? id);
    this.#title = element('h2', { class: 'people__title', tabindex: -1 }, t(room?.kind === 'direct' ? 'details.title_direct' : 'details.title'));
    this.#about = new About(context, id);
    this.#kept = new Kept(context, id);
    this.element = element('div', { class: 'people' }, this.#page,
      element('div', { class: 'people__head' }, this.#title, this.#closeButton()),
      element('div', { class: 'people__scroll', tabindex: 0, role: 'region', 'aria-label': t('people.label') },
        this.#about.element, this.#parts.people, this.#parts.invite,
        element('section', { class: 'details__section' }, levelChoice(context, id)), this.#kept.element, this.#parts.endings));
    for (const type of /** @type {const} */ (['rooms', 'me'])) store.addEventListener(type, () => this.#draw(), { signal });
    store.addEventListener('people', ({ detail }) => detail.room === id && this.#draw(), { signal });
    this.#draw();
  }

  close() {
    this.#leaving.abort();
    this.#members?.close();
    this.element.remove();
  }

  /** @param {string} [person] whose line gets the focus; else the title */
  focus(person) {
    const target = [...this.element.querySelectorAll('li')].find((line) => person !== undefined && line.dataset['name'] === person) ?? this.#title;
    target.focus();
    target.scrollIntoView({ block: 'nearest' });
  }

  /** To where others are let in. */
  focusInvite() {
    this.#invited?.focus();
    this.#parts.invite.scrollIntoView({ block: 'nearest' });
  }

  /** On a phone it is the page, so it names the room in a first heading. @param {boolean} isPage */
  setPage(isPage) {
    this.#page.hidden = !isPage;
  }

  #closeButton() {
    const { t, commands } = this.#context;
    return element('button', {
      type: 'button', class: 'icon-button', 'aria-label': t('people.close'), title: t('people.close'), onclick: () => commands.showPeople(false),
    }, icon('close'));
  }

  #draw() {
    const { store } = this.#context;
    const room = store.rooms.get(this.#id);
    setText(this.#page, room?.name ?? this.#id);
    this.#about.draw();
    this.#kept.draw();
    this.#drawHere();
    if (!room) return;
    this.#askWho();
    const made = JSON.stringify([room.kind, room.archived, store.isLeft(room.id), room.created_by, store.me?.role]);
    if (made === this.#made) return;
    this.#made = made;
    const hadFocus = this.#parts.endings.contains(document.activeElement);
    setChildren(this.#parts.endings, endings(this.#context, room));
    this.#parts.endings.hidden = this.#parts.endings.childElementCount === 0;
    if (hadFocus) this.#title.focus();
    this.#makePeople(room);
    this.#makeInvite(mayInvite(store.me, room));
  }

  /** Who joins is told the names alone of those who are there, and not of more than 500. */
  #askWho() {
    const { store, actions } = this.#context;
    const { people = [], user_count = 0 } = store.room(this.#id) ?? {};
    const isKnown = people.length >= user_count && people.every(({ user_id }) => user_id !== undefined);
    if (isKnown || Date.now() < this.#askAgain || store.connection.status !== 'online') return;
    this.#askAgain = Date.now() + ASK_AGAIN_MS;
    void actions.loadPeople(this.#id).catch(() => undefined);
  }

  /** Of everybody's rooms those are shown who are here; who belongs to it is nearly everybody, and folded away. @param {Readonly<import('../types.js').Room>} room */
  #makePeople({ kind }) {
    const { t } = this.#context;
    if (kind !== 'private') setChildren(this.#parts.people, [this.#here, this.#list, this.#more]);
    if (kind === 'direct' || this.#members) return;
    const isFolded = kind === 'public';
    const heading = element(isFolded ? 'summary' : 'h3', {}, t('details.members'));
    const members = () => {
      this.#members ??= new Members(this.#context, this.#id, (count) => setText(heading, t('details.members_count', { count })));
      return this.#members.element;
    };
    if (!isFolded) return setChildren(this.#parts.people, [heading, members()]);
    const folded = element('details', { class: 'details__folded', ontoggle: () => { if (folded.open) folded.append(members()); } }, heading);
    return this.#parts.people.append(folded);
  }

  #drawHere() {
    const { t, store } = this.#context;
    const entry = store.rooms.get(this.#id);
    const room = store.room(this.#id);
    const isDirect = entry?.kind === 'direct';
    const here = new Set(room?.people.map(({ username }) => username));
    /** @type {(import('../types.js').Person & {is_present?: boolean})[]} */
    const people = isDirect ? entry.members.map((one) => ({ ...one, is_present: here.has(one.username) })) : (room?.people ?? []).slice(0, SHOWN);
    const count = isDirect ? people.length : (room?.user_count ?? people.length);
    setText(this.#here, isDirect ? t('details.who') : t('people.title', { count }));
    showLines(this.#list, people.map((person) => personLine(this.#context, person, this.#id)));
    this.#more.hidden = count <= people.length;
    setText(this.#more, t('people.more', { count: Math.max(0, count - people.length) }));
  }

  /** @param {boolean} mayInvite */
  #makeInvite(mayInvite) {
    const { t } = this.#context;
    this.#parts.invite.hidden = !mayInvite;
    if (!mayInvite || this.#invited) return;
    const people = new PeopleField(this.#context, { label: t('details.invite_title'), most: MOST_INVITED });
    const done = element('p', { class: 'quiet', role: 'status' });
    const button = element('button', { class: 'button' }, t('details.invite'));
    this.#invited = people;
    this.#parts.invite.append(element('form', {
      class: 'details__invite', novalidate: true,
      onsubmit: async (/** @type {Event} */ event) => {
        event.preventDefault();
        setText(done, '');
        button.disabled = true;
        const invited = await this.#invite(people);
        button.disabled = false;
        if (invited.length > 0) setText(done, t('details.invited', { names: invited.join(', ') }));
      },
    }, people.element, done, button));
  }

  /** @param {PeopleField} people @returns {Promise<string[]>} who belongs to the room now */
  async #invite(people) {
    const { t, rooms } = this.#context;
    const { usernames } = people;
    const invited = [];
    if (usernames.length === 0) people.refuse(t('new_message.nobody'));
    for (const name of usernames) {
      try {
        await rooms.invite(this.#id, name);
        invited.push(name);
        people.take(name);
      } catch (error) {
        const { code } = /** @type {import('../types.js').ChatErrorShape} */ (error);
        people.refuse(code === 'not_found' ? t('details.invite_not_found', { name }) : errorWords(this.#context, error));
        break;
      }
    }
    return invited;
  }
}
