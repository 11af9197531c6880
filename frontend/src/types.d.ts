/**
 * What the views work against: the store (what this client knows), the actions (what its user can do), and what
 * `main.js` hands to the views. Values of the store are read-only for views; new objects replace changed ones only
 * where noted, so read them again after an event rather than keeping them.
 */
import type {
  ErrorCode, Identity, JoinedRoom, Keeps, Leave, Limits, Me, Message, MessagePage, PastText, RoomPeople, ServerEvents, Synced, Trouble,
} from './protocol.js';
import type { Rooms } from './room-types.js';
import type { SearchQuery, SearchResults } from './search-types.js';
import type { Account, Credentials, Directory, Entry, Gate, Role, WaysIn } from './people-types.js';

// ---------------------------------------------------------------- the store

export interface Connection {
  /**
   * connecting: first attempt, nothing known yet. online: connected. offline: lost or unreachable, retried without end.
   * refused: the server turned this client away (see `store.session`); nothing is retried until the session is mended.
   */
  status: 'connecting' | 'online' | 'offline' | 'refused';
  /** Since when this holds (`status`, or being behind while online), ms since the epoch. The bar appears a second later. */
  since: number;
  /** When the next attempt starts (ms since the epoch); null while one runs or none is planned. */
  retryAt: number | null;
  /** Online, the current room joined and everything missed known. The bar vanishes only when this is true. */
  caughtUp: boolean;
}

/**
 * unknown: not yet asked (show neither the sign-in nor the app). none: ask for a name.
 * active: `store.me` is known. expired: `store.me` still names the person; ask to sign in again over the page, keep everything.
 */
export type SessionState = 'unknown' | 'none' | 'active' | 'expired';

/** Who gave up their account in this page, and what becomes of what they said. */
export interface Farewell { username: string; messages: 'keep' | 'erase' }

/** Who this person is, as every connection tells; whether there is a password is asked where it matters. */
export type Myself = Omit<Me, 'has_password'>;

/**
 * The way to the server over https, as `https` has it (see `Https`), and whether this device can go it. unknown: not yet
 * looked for. here: the page came by it. none: there is none. trusted: it can be gone. untrusted: this device does not
 * trust the server's certificate; `/trust` says how it comes to.
 */
export interface Secure { https: Https; state: 'unknown' | 'here' | 'none' | 'trusted' | 'untrusted' }

/** One line of the room list. */
export interface Room {
  id: string;
  /** Of a conversation: the names of the others in it. */
  name: string;
  kind: 'public' | 'private' | 'direct';
  /** It is read, and not written any more. */
  archived: boolean;
  /** Id of who made it; null: it was there from the beginning. */
  created_by: string | null;
  /** Those who talk in a conversation, this person included; empty for other rooms. */
  members: readonly Person[];
  topic: string;
  /** How long what is said there is kept. */
  keeps: Keeps;
  user_count: number;
  last_seq: number;
  read_seq: number;
  /** `last_seq - read_seq`, never negative. */
  unread: number;
  /** How many unread messages mention this person. */
  mention_count: number;
}

/**
 * A message as it is shown: what the server has, and over it what this person is changing (an edit, reactions). Another
 * object whenever anything in it changes. A deleted one keeps its place, with `deleted` and without text.
 */
export interface RoomMessage extends Message {
  /** An edit is on its way, or waits for the server. */
  is_saving?: boolean;
}

/** A message of the outbox: not yet acknowledged by the server. */
export interface PendingMessage {
  client_id: string;
  room: string;
  message: string;
  /** Id of the message of the same room that it answers. */
  reply_to?: string;
  /** Milliseconds since the epoch. */
  created_at: number;
  /** waiting: is being sent, or will be by itself. failed: needs Retry or Discard; the text is kept. */
  state: 'waiting' | 'failed';
  /**
   * Why it failed: a wire code, or `history_changed` (the server's history was replaced while it waited), or `brought`
   * (it came along from another address, and it is not certain whose it is). While it waits: `unavailable`, with what
   * the server says of it.
   */
  error?: { code: ErrorCode | 'history_changed' | 'brought'; message: string };
}

export interface Person { user_id?: string; username: string }

/** "Ada joined" / "Bo left"; stands after the message with `after_seq` (0: before the first). Not kept across reloads. */
export interface PresenceLine { kind: 'joined' | 'left'; username: string; after_seq: number; at: number }

/** What is known of a room that was opened in this page. */
export interface OpenRoom {
  id: string;
  /** False until the first `joined_room` has come (show a skeleton, not the empty state). */
  loaded: boolean;
  /**
   * A window of the room without gaps, ascending by `seq`, at most 400 long. A message of one's own carries the
   * `client_id` of the pending message it replaces: key DOM nodes by `client_id ?? id` and the node can be kept.
   */
  messages: readonly RoomMessage[];
  /** Ids of messages that are hidden while their deletion can be undone, and until the server has done it. */
  removing: ReadonlySet<string>;
  /** Outbox of this room, in order of sending; shown after the last message when `has_more_after` is false. */
  pending: readonly PendingMessage[];
  has_more_before: boolean;
  /** The window does not reach the newest message: show "jump to latest"; scrolling down calls `loadNewer`. */
  has_more_after: boolean;
  /** Oldest `seq` the server still has. Greater than 1: older messages were cleaned up. */
  first_seq: number;
  last_seq: number;
  read_seq: number;
  /** The "New" divider stands before this `seq` until the room is left; null: no divider. */
  unreadFrom: number | null;
  /** Sorted by name; at most 500, and some without ids, unless `loadPeople` was called. */
  people: readonly Person[];
  user_count: number;
  /** How often the server has told who is here; for the logic. */
  told: number;
  /** Names of the others who are typing now, in order of starting. Expires by itself. */
  typing: readonly string[];
  presenceLines: readonly PresenceLine[];
  /** The last `seq` up to which nothing is missing; for the logic. */
  end: number;
  /** The window belongs at the end of the room, so what is new comes into it; for the logic. */
  following: boolean;
}

/**
 * How the list changed, for a view that patches instead of drawing anew. Keep the reading position for older, newer,
 * pending, trimmed and changed; start afresh for reset (the room was opened, jumped in, or reloaded after a long absence).
 * changed: messages were replaced in their places (edited, deleted, reacted to), or `removing` has others.
 */
export type MessagesChange = 'reset' | 'newer' | 'older' | 'pending' | 'trimmed' | 'changed';

/** Something worth a toast. `key` is looked up in the catalogue as `notice.<key>`, filled with `values`. */
export interface Notice {
  level: 'info' | 'error';
  key: 'history_changed' | 'history_trimmed' | 'history_restored' | 'room_gone' | 'direct_gone' | 'no_room' | 'message_gone' | 'request_failed' | 'storage_full'
    | 'arrived' | 'device_link_used' | 'host_link_used' | 'restored' | 'moved' | 'moved_secure' | 'moved_held' | 'moved_left';
  values?: Record<string, string | number>;
}

/** Custom events and their `detail`. Each is dispatched after the state has changed, synchronously. */
export interface StoreEvents {
  connection: Connection;
  /** Session state, name or limits changed. */
  me: { session: SessionState; me: Myself | null };
  /** The room list changed: entries, counts or unread. `room`: only that one. */
  rooms: { room?: string };
  /** Another room is current (null: none). Comes before its `messages`. */
  current: { room: string | null };
  /** `ids`, with changed: which. They may be of messages that stand only in a quote (see `Actions.message`). */
  messages: { room: string; change: MessagesChange; ids?: readonly string[] };
  /** Scroll to the message at `seq`, which is in the window, and show that it is meant. After the `messages` that brought it. */
  jump: { room: string; seq: number };
  /** People, `user_count`, or presence lines of a room; or names have become known (`nameOf`). */
  people: { room: string };
  /** This person has changed who belongs to a room. */
  members: { room: string };
  /** Somebody has another name or role. */
  person: ServerEvents['user_changed'];
  typing: { room: string };
  /** A message that came live (not by joining or paging), once each. Feeds the aria-live region and notifications. */
  arrived: { message: Message; own: boolean; mention: boolean };
  /** A preference changed, in this tab or another one. */
  preference: { key: string; value: PreferenceValue };
  /** What is known of the way to this server over https. */
  secure: Secure;
  /** Messages that were refused and stand in no room that could be shown. Each is told of once. */
  stranded: { items: readonly PendingMessage[] };
  /** The chat has another name, or is reached at other addresses. */
  identity: ServerEvents['identity_changed'];
  /** For hosts: what is wrong with the server's data now, nothing where all is well. */
  trouble: readonly Trouble[];
  notice: Notice;
}

export type StoreListener<K extends keyof StoreEvents> = (event: CustomEvent<StoreEvents[K]>) => void;

export interface Store extends EventTarget {
  readonly connection: Readonly<Connection>;
  readonly session: SessionState;
  readonly me: Readonly<Myself> | null;
  readonly historyId: string | null;
  /** Somebody has just given up their account here; null: nobody has. */
  readonly farewell: Readonly<Farewell> | null;
  readonly limits: Readonly<Limits>;
  /** As hosts were last told. */
  readonly trouble: readonly Trouble[];
  readonly secure: Readonly<Secure>;
  /** In the order of the server's list. */
  readonly rooms: ReadonlyMap<string, Readonly<Room>>;
  readonly current: string | null;
  /** Undefined for a room not opened in this page. */
  room(id: string): Readonly<OpenRoom> | undefined;
  preference(key: string): PreferenceValue;
  /** A public room that this person has left: it can be read, and is not entered by being shown. */
  isLeft(room: string): boolean;
  /** When the first of those typing in `room` is to be forgotten (ms since the epoch); null: nobody types. */
  typingExpiresAt(room: string): number | null;
  /** Rooms that were left or archived do not count. Sum of `unread` over rooms whose level is all, and of `mention_count` where it is mentions. */
  readonly unreadTotal: number;
  /** Sum of `mention_count` over rooms whose level is not none. */
  readonly mentionTotal: number;
  /** The latest known name of a person, also of this one; null: see `Actions.learnNames`. */
  nameOf(user_id: string): string | null;
  /** The only way in. Applying twice or late changes nothing. Called by the logic, never by views. */
  apply<K extends keyof Facts>(event: K, payload: Facts[K]): void;
  addEventListener<K extends keyof StoreEvents>(
    type: K, listener: StoreListener<K>, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof StoreEvents>(type: K, listener: StoreListener<K>): void;
}

/** Everything `apply` takes: the server's events, and local facts. */
export interface Facts extends Omit<ServerEvents, 'error' | 'read'> {
  connection: Partial<Connection>;
  session: { session: SessionState; me?: Myself | null };
  farewell: Farewell | null;
  /** This client now shows `room`, from `seq` on where that is given; null leaves. */
  opened: { room: string | null; seq?: number };
  /** The list of rooms is being asked for. */
  rooms_asked: null;
  /** The answer to `sync`, asked from these revs. */
  synced: { since: Record<string, number>; answer: Synced };
  /** A request for messages of `room` begins or has ended: what is heard meanwhile may be newer than its answer. */
  fetching: { room: string; on: boolean };
  /** One message, fetched to be quoted; null: there is none of this id. `edition`: as with `page`. */
  quoted: { room: string; id: string; message: Message | null; edition: number };
  /** How far this person has read. Without `mention_count` it is counted here, as far as that can be done. */
  read: { room: string; seq: number; mention_count?: number };
  /** The view of a room is to show this place. */
  jumped: { room: string; seq: number };
  /** What this person is changing in messages, whole; see changes.js. */
  changes: { items: readonly Change[]; settled?: Message };
  /** A page fetched next to (`older`, `newer`) or instead of (`replace`) the window, which was then of this edition. */
  page: { room: string; page: MessagePage; place: 'older' | 'newer' | 'replace'; edition: number };
  /** The outbox of all rooms as it is now. */
  outbox: { items: PendingMessage[]; room?: string };
  people: { room: string; people: RoomPeople };
  names: { people: readonly Person[] };
  /** This person has brought somebody into a room, or removed somebody. */
  members_changed: { room: string };
  /** Who has been typing for too long stops. */
  typing_expired: { room: string };
  /** The ack of a pending message. */
  saved: { client_id: string; message: Message };
  /** Whether the person is looking: the page is visible and has the focus. */
  attention: { here: boolean };
  preference: { key: string; value: PreferenceValue };
  secure: Secure;
  notice: Notice;
}

/** What this person is changing in one message, until the server has said that it is so. */
export interface Change {
  id: string;
  room: string;
  /** The text that was written in place of the old one. */
  message?: string;
  reactions?: Record<string, boolean>;
  is_removing?: boolean;
}

// ---------------------------------------------------------------- the actions

export type PreferenceValue = string | boolean | null;

/**
 * Preferences of this browser: theme 'auto' | 'light' | 'dark'; sound boolean (true); presence_lines boolean (true);
 * notifications boolean (false until permission was asked for and given); `level:<room id>` 'all' | 'mentions' | 'none';
 * `left:<user id>:<room id>` true for a public room that was left.
 * Views may add keys of their own (for example side_panel).
 */
export interface Actions {
  /**
   * Make a person of this name, or sign in as them, then connect. Also after expiry. Rejects with ChatError: `taken` (field
   * username, or password where the name has one), `not_identified` (field password), `forbidden` (field phrase or
   * invitation; none: shut out), `rate_limited`.
   */
  signIn(credentials: Credentials): Promise<void>;
  /** Rejects with ChatError (`taken`, `bad_request`, …). */
  rename(username: string): Promise<void>;
  /** Ends the session, forgets this person's drafts and outbox in this browser, and asks for a name again. */
  signOut(): Promise<void>;
  /** Gives up this person's account. Rejects with ChatError, and nothing is changed: `forbidden` (field password), `conflict` for the only host. */
  leave(asked: Leave): Promise<void>;

  /**
   * Show a room (null on a phone: the list). Resolves when it is joined and caught up; at once when offline. With `seq`
   * (of an opened link) it opens there: the event `jump` follows when that message is in the window.
   */
  open(room: string | null, options?: { seq?: number }): Promise<void>;
  /**
   * Queue `text` for the current room, clear its draft; the pending message is in the store when this returns. Null:
   * nothing to send, or too long. `replyTo`: id of the message it answers.
   */
  send(text: string, options?: { replyTo?: string }): string | null;
  retry(client_id: string): void;
  /** Drop a failed message. Its text goes back to the room's draft when that is empty. */
  discard(client_id: string): void;

  /**
   * Says something else in a message of one's own, shown at once with `is_saving`. Kept while offline, across reloads
   * too, and sent when the server is back. Resolves when it is stored; rejects with ChatError when it was refused: the
   * message then stands as before, and the caller has the text. A later edit of the same message takes its place.
   */
  edit(id: string, text: string): Promise<void>;
  /** Hides a message (`removing`) and deletes it for good in `undoPeriod`, or when the page is left. A refusal is a notice. */
  remove(id: string): void;
  /** False: too late, or nothing to undo. */
  undoRemove(id: string): boolean;
  /** Milliseconds in which a deletion can be undone. */
  readonly undoPeriod: number;
  /** Shown at once; rejects with ChatError, and is taken back, when it was refused. */
  react(id: string, emoji: string, on: boolean): Promise<void>;
  /**
   * A message of the current room, for a quote: from the window, or fetched once and then kept true (the event
   * `messages` with change changed names it). Null: there is none (any more). Rejects with ChatError, code offline.
   */
  message(id: string): Promise<RoomMessage | null>;
  /** The same without fetching; undefined: not known yet. */
  knownMessage(id: string): RoomMessage | null | undefined;
  /** What a message said before, oldest first, and since when. Rejects with ChatError. */
  edits(id: string): Promise<PastText[]>;
  /** The newest stored message of one's own in the window that is not deleted, for the Up arrow. */
  lastOwnMessage(room: string): RoomMessage | null;
  /** Address of a message for others, ending in `#/room/<id>/<seq>`: at a page on the server's own machine, that others reach. */
  linkTo(message: Pick<Message, 'room' | 'seq'>): string;
  /** Whether a page at this address is this chat, as far as its addresses are known. */
  isHere(url: URL): boolean;
  /** Brings the message at `seq` of the current room into view (event `jump`). False: it is not there any more, or offline. */
  jumpTo(seq: number): Promise<boolean>;

  /** Messages that say something, of all that one may read, the newest first. Rejects with ChatError. */
  search(query: SearchQuery): Promise<SearchResults>;
  /** Whose name, or a word of it, begins so: people of the current room first, then all others; 8 at most. */
  findPeople(prefix: string): Promise<Person[]>;
  /** Fetches names of people that `store.nameOf` does not know; the event `people` follows. May be called at every drawing. */
  learnNames(ids: Iterable<string>): void;

  draft(room: string): string;
  setDraft(room: string, text: string): void;
  /** Call at each input; throttled, and ends by itself after `typing_timeout`. */
  typing(): void;

  /** These three act on the current room, run once at a time and resolve to whether something changed. */
  loadOlder(): Promise<boolean>;
  loadNewer(): Promise<boolean>;
  /** Back to the end of the room. */
  loadLatest(): Promise<boolean>;
  /** Everybody, with their ids: `joined_room` brings the names of at most 500. */
  loadPeople(room: string): Promise<void>;

  /** Call when the page is visible and focused and message `seq` has been at the bottom. Moves forward only. */
  markRead(room: string, seq: number): void;
  retryConnection(): void;
  /** Go over to https, with everything that is begun here; only where `store.secure.state` is trusted. */
  goOver(): void;
  /** Look again whether this device can reach the server over https. */
  lookForSecure(): void;

  preference(key: string): PreferenceValue;
  setPreference(key: string, value: PreferenceValue): void;
  /** Ask for system notifications; only from a click. unavailable: not a secure context, or not supported. */
  allowNotifications(): Promise<'granted' | 'denied' | 'unavailable'>;
  /** Whether the browser can show them at all (a secure context). */
  readonly notificationsAvailable: boolean;

  /** Name of the chat and addresses, for the invitation. Rejects with ChatError. */
  identity(): Promise<Identity>;
  /** Source of an <img> with the QR code of one of `identity().addresses`. */
  qrUrl(address: string): string;
  /** Download address of a room's history. Public rooms need no token. */
  exportUrl(room: string, query: ExportQuery): string;
  /** To the clipboard, also on plain http; false when the browser refused. */
  copyText(text: string): Promise<boolean>;
}

/** A copy of what was said in a room. */
export interface ExportQuery {
  format: 'ndjson' | 'json' | 'csv' | 'html' | 'txt';
  /** From when on, and before when it was said (RFC 3339). */
  since?: string;
  until?: string;
  /** Begin with the mark by which spreadsheets know that it is UTF-8. */
  bom?: boolean;
}

// ---------------------------------------------------------------- what is begun

/** A message that is being rewritten. */
export interface BegunEdit {
  text: string;
  /** What was wrong with the last try, in words. */
  error?: string;
  /** Where the focus goes back to. */
  from: 'composer' | 'list';
}

/** What was begun in this page and waits while another room is shown; it goes along to another address of the server. */
export interface Begun {
  /** By message id. */
  edits: Map<string, BegunEdit>;
  /** Id of the message that is being answered, by room. */
  replies: Map<string, string>;
}

// ---------------------------------------------------------------- the host

/** An address of the server, and the reason for its rank among them. */
export interface Place {
  url: string;
  ip: string;
  interface: string;
  reason: 'default_route' | 'private' | 'public' | 'carrier' | 'ipv6' | 'point_to_point' | 'virtual' | 'link_local';
}

/** off: http alone. beside: https on the same port too. redirect: pages go over to https by themselves. */
export type Https = 'off' | 'beside' | 'redirect';

/** What the host is told of the chat. Everything in `fixed` was set where the program is started. */
export interface Overview {
  version: string;
  name: string;
  /** 0: for ever. */
  retention_days: number;
  https: Https;
  is_set_up: boolean;
  ways_in: WaysIn;
  /** Four words with spaces, where the way in is by phrase. */
  phrase?: string;
  /** What they are who come with nothing but what `ways_in` asks for. */
  newcomers: Role;
  /** The newest ones, of each room; 0: any number. */
  retention_messages: number;
  /** Into which cleanups first write what they take, of public rooms; empty: they do not. */
  archive_folder: string;
  /** A room may be told to keep more than the chat does. */
  rooms_may_keep_more: boolean;
  fixed: string[];
  /** Somebody has come from another machine. */
  visited: boolean;
  /** The best first. */
  addresses: Place[];
  secure_addresses: string[];
  local_name: string | null;
  stored: { messages: number; people: number; bytes: number };
  /** What is wrong at the moment. */
  trouble?: Trouble[];
}

/** What the host chooses; what is left out stays as it is. */
export type Choice = Partial<Pick<Overview, 'name' | 'retention_days' | 'https' | 'is_set_up' | 'ways_in' | 'newcomers' | 'rooms_may_keep_more'
  | 'retention_messages' | 'archive_folder'>>;

/** Something the doctor looked at, in the server's own words. */
export interface Finding { id: string; title: string; state: 'fine' | 'look' | 'broken'; text: string; todo?: string | null }

/**
 * The host's part, for everybody: who opens the host's link becomes one. All methods reject with ChatError. The event
 * `change` tells of another `phase` or `overview`.
 */
export interface Host extends EventTarget {
  /**
   * arriving: the host's link was opened, and it is not known yet what follows. restoring: a backup was taken, and this
   * person is not known to the server again yet. setting_up: this is the first run.
   * ended: the host has quit. none: none of these, as for every guest.
   */
  readonly phase: 'none' | 'arriving' | 'restoring' | 'setting_up' | 'ended';
  /** Somebody has opened the host's link here, and has no name yet. */
  readonly isExpected: boolean;
  /** What opens a chat that is not open to whoever comes with the host's link. */
  readonly key: { invitation?: string };
  /** As last asked for; null for all but a host. */
  readonly overview: Overview | null;
  /** Asks for it anew. */
  look(): Promise<Overview>;
  choose(choice: Choice): Promise<Overview>;
  /** Four other words; the ones before open nothing any more. */
  newPhrase(): Promise<Overview>;
  /** A backup is on its way to take the place of everything. Resolves when it is taken; the server then starts anew. */
  restore(sent: Promise<{ code: string }>): Promise<void>;
  /** Ends the program. */
  quit(): Promise<void>;
}

/** How every failed request is told, whichever way it went. */
export interface ChatErrorShape extends Error {
  /** `offline`: the server could not be reached, or did not answer in time. */
  code: ErrorCode | 'offline';
  field?: string;
  /** Seconds. */
  retry_after?: number;
}

/** The server as what is fetched later asks it: each method as in api.js. */
export interface Server {
  ask(method: string, path: string, body?: unknown, timeout?: number): Promise<any>;
  url(path: string): string;
  headers(type?: string): Record<string, string>;
}

// ---------------------------------------------------------------- what main.js hands to the views

export interface Config {
  /** '' on our own origin; else the server's origin, and tokens instead of cookies. */
  serverUrl: string;
  socketOptions: Record<string, unknown>;
  maxMessageLength: number;
  /** Milliseconds. */
  typingTimeout: number;
  /** Pixels from the bottom within which the list sticks to it. */
  autoScrollThreshold: number;
  showTimestamps: boolean;
  showConnectionStatus: boolean;
  showTypingIndicator: boolean;
}

/** A catalogue, or a group of it. */
export interface Texts { [key: string]: string | Texts }

/** `count` picks the plural form: a catalogue entry is a string, or {one, other, …} by Intl.PluralRules. */
export type Translate = (key: string, values?: Record<string, string | number>) => string;

/** Argument of `mountApp`, exported by `src/views/app.js` and called once by `main.js`. */
export interface ViewContext {
  root: HTMLElement;
  store: Store;
  actions: Actions;
  rooms: Rooms;
  host: Host;
  /** For what is fetched when it is first wanted (upkeep.js). */
  server: Server;
  entry: Entry;
  account: Account;
  directory: Directory;
  gate: Gate;
  begun: Begun;
  config: Config;
  t: Translate;
  /** More texts, of what is fetched when it is first wanted. */
  learn(texts: Texts): void;
  /** BCP 47, for Intl. */
  locale: string;
  /** The page's title without the unread count, which the logic puts before it. Views never set document.title. */
  setTitle(title: string): void;
}

export type { JoinedRoom, Message, Limits, Identity, ErrorCode, PastText };
