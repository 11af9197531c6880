/**
 * What the views work against: the store (what this client knows), the actions (what its user can do), and what
 * `main.js` hands to the views. Values of the store are read-only for views; new objects replace changed ones only
 * where noted, so read them again after an event rather than keeping them.
 */
import type {
  ErrorCode, Identity, JoinedRoom, Limits, Me, Message, MessagePage, RoomPeople, ServerEvents,
} from './protocol.js';

// ---------------------------------------------------------------- the store

export interface Connection {
  /**
   * connecting: first attempt, nothing known yet. online: connected. offline: lost or unreachable, retried without end.
   * refused: the server turned this client away (see `store.session`); nothing is retried until the session is mended.
   */
  status: 'connecting' | 'online' | 'offline' | 'refused';
  /** Milliseconds since the epoch at which `status` began. The bar appears one second after that. */
  since: number;
  /** When the next attempt starts (ms since the epoch); null while one runs or none is planned. */
  retryAt: number | null;
  /** Online, the current room joined and every gap filled. The bar vanishes only when this is true. */
  caughtUp: boolean;
}

/**
 * unknown: not yet asked (show neither the sign-in nor the app). none: ask for a name.
 * active: `store.me` is known. expired: `store.me` still names the person; ask to sign in again over the page, keep everything.
 */
export type SessionState = 'unknown' | 'none' | 'active' | 'expired';

/** One line of the room list. */
export interface Room {
  id: string;
  name: string;
  topic: string;
  user_count: number;
  last_seq: number;
  read_seq: number;
  /** `last_seq - read_seq`, never negative. */
  unread: number;
}

/** A message of the outbox: not yet acknowledged by the server. */
export interface PendingMessage {
  client_id: string;
  room: string;
  message: string;
  /** Milliseconds since the epoch. */
  created_at: number;
  /** waiting: is being sent, or will be by itself. failed: needs Retry or Discard; the text is kept. */
  state: 'waiting' | 'failed';
  /** Why it failed: a wire code, or `history_changed` (the server's history was replaced while it waited). */
  error?: { code: ErrorCode | 'history_changed'; message: string };
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
  messages: readonly Message[];
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
  /** Sorted by name; at most 500 unless `loadPeople` was called. */
  people: readonly Person[];
  user_count: number;
  /** Names of the others who are typing now, in order of starting. Expires by itself. */
  typing: readonly string[];
  presenceLines: readonly PresenceLine[];
  /** The last `seq` up to which nothing is missing; for the logic. */
  end: number;
  /** The window belongs at the end of the room, so a gap before `last_seq` is being filled; for the logic. */
  following: boolean;
}

/**
 * How the list changed, for a view that patches instead of drawing anew. Keep the reading position for older, newer,
 * pending and trimmed; start afresh for reset (the room was opened, jumped in, or reloaded after a long absence).
 */
export type MessagesChange = 'reset' | 'newer' | 'older' | 'pending' | 'trimmed';

/** Something worth a toast. `key` is looked up in the catalogue as `notice.<key>`, filled with `values`. */
export interface Notice {
  level: 'info' | 'error';
  key: 'history_changed' | 'history_trimmed' | 'room_gone' | 'request_failed' | 'storage_full';
  values?: Record<string, string | number>;
}

/** Custom events and their `detail`. Each is dispatched after the state has changed, synchronously. */
export interface StoreEvents {
  connection: Connection;
  /** Session state, name or limits changed. */
  me: { session: SessionState; me: Me | null };
  /** The room list changed: entries, counts or unread. `room`: only that one. */
  rooms: { room?: string };
  /** Another room is current (null: none). Comes before its `messages`. */
  current: { room: string | null };
  messages: { room: string; change: MessagesChange };
  /** People, `user_count`, or presence lines of a room. */
  people: { room: string };
  typing: { room: string };
  /** A message that came live (not by joining or paging), once each. Feeds the aria-live region and notifications. */
  arrived: { message: Message; own: boolean };
  /** A preference changed, in this tab or another one. */
  preference: { key: string; value: PreferenceValue };
  notice: Notice;
}

export type StoreListener<K extends keyof StoreEvents> = (event: CustomEvent<StoreEvents[K]>) => void;

export interface Store extends EventTarget {
  readonly connection: Readonly<Connection>;
  readonly session: SessionState;
  readonly me: Readonly<Me> | null;
  readonly historyId: string | null;
  readonly limits: Readonly<Limits>;
  /** In the order of the server's list. */
  readonly rooms: ReadonlyMap<string, Readonly<Room>>;
  readonly current: string | null;
  /** Undefined for a room not opened in this page. */
  room(id: string): Readonly<OpenRoom> | undefined;
  preference(key: string): PreferenceValue;
  /** When the first of those typing in `room` is to be forgotten (ms since the epoch); null: nobody types. */
  typingExpiresAt(room: string): number | null;
  /** Sum of `unread` over rooms whose level is not none. */
  readonly unreadTotal: number;
  /** The only way in. Applying twice or late changes nothing. Called by the logic, never by views. */
  apply<K extends keyof Facts>(event: K, payload: Facts[K]): void;
  addEventListener<K extends keyof StoreEvents>(
    type: K, listener: StoreListener<K>, options?: boolean | AddEventListenerOptions): void;
  removeEventListener<K extends keyof StoreEvents>(type: K, listener: StoreListener<K>): void;
}

/** Everything `apply` takes: the server's events, and local facts. */
export interface Facts extends Omit<ServerEvents, 'error'> {
  connection: Partial<Connection>;
  session: { session: SessionState; me?: Me | null };
  /** This client now shows `room`; null leaves. */
  opened: { room: string | null };
  /** A page fetched next to (`older`, `newer`) or instead of (`replace`) the window. */
  page: { room: string; page: MessagePage; place: 'older' | 'newer' | 'replace'; history_id: string | null };
  /** The outbox of all rooms as it is now. */
  outbox: { items: PendingMessage[]; room?: string };
  people: { room: string; people: RoomPeople };
  /** Who has been typing for too long stops. */
  typing_expired: { room: string };
  /** The ack of a pending message. */
  saved: { client_id: string; message: Message };
  /** Whether the person is looking: the page is visible and has the focus. */
  attention: { here: boolean };
  preference: { key: string; value: PreferenceValue };
  notice: Notice;
}

// ---------------------------------------------------------------- the actions

export type PreferenceValue = string | boolean | null;

/**
 * Preferences of this browser: theme 'auto' | 'light' | 'dark'; sound boolean (true); presence_lines boolean (true);
 * notifications boolean (false until permission was asked for and given); `level:<room id>` 'all' | 'none'.
 * Views may add keys of their own (for example side_panel).
 */
export interface Actions {
  /** Make a person of this name and a session, then connect. Also after expiry. Rejects with ChatError (`field` username). */
  signIn(username: string): Promise<void>;
  /** Rejects with ChatError (`taken`, `bad_request`, …). */
  rename(username: string): Promise<void>;
  /** Ends the session, forgets this person's drafts and outbox in this browser, and asks for a name again. */
  signOut(): Promise<void>;

  /** Show a room (null on a phone: the list). Resolves when it is joined and its gap filled; at once when offline. */
  open(room: string | null): Promise<void>;
  /** Queue `text` for the current room, clear its draft; the pending message is in the store when this returns. Null: nothing to send, or too long. */
  send(text: string): string | null;
  retry(client_id: string): void;
  /** Drop a failed message. Its text goes back to the room's draft when that is empty. */
  discard(client_id: string): void;
  draft(room: string): string;
  setDraft(room: string, text: string): void;
  /** Call at each input; throttled, and ends by itself after `typing_timeout`. */
  typing(): void;

  /** These three act on the current room, run once at a time and resolve to whether something changed. */
  loadOlder(): Promise<boolean>;
  loadNewer(): Promise<boolean>;
  /** Back to the end of the room. */
  loadLatest(): Promise<boolean>;
  /** More than the 500 people `joined_room` brings. */
  loadPeople(room: string): Promise<void>;

  /** Call when the page is visible and focused and message `seq` has been at the bottom. Moves forward only. */
  markRead(room: string, seq: number): void;
  retryConnection(): void;

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
  exportUrl(room: string, format: 'ndjson' | 'json' | 'csv'): string;
  /** To the clipboard, also on plain http; false when the browser refused. */
  copyText(text: string): Promise<boolean>;
}

/** How every failed request is told, whichever way it went. */
export interface ChatErrorShape extends Error {
  /** `offline`: the server could not be reached, or did not answer in time. */
  code: ErrorCode | 'offline';
  field?: string;
  /** Seconds. */
  retry_after?: number;
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

/** `count` picks the plural form: a catalogue entry is a string, or {one, other, …} by Intl.PluralRules. */
export type Translate = (key: string, values?: Record<string, string | number>) => string;

/** Argument of `mountApp`, exported by `src/views/app.js` and called once by `main.js`. */
export interface ViewContext {
  root: HTMLElement;
  store: Store;
  actions: Actions;
  config: Config;
  t: Translate;
  /** BCP 47, for Intl. */
  locale: string;
  /** The page's title without the unread count, which the logic puts before it. Views never set document.title. */
  setTitle(title: string): void;
}

export type { JoinedRoom, Message, Me, Limits, Identity, ErrorCode };
