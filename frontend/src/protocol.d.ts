/** The wire: payloads of events, acks and REST answers. Made by packaging/protocol_types.py; do not edit. */

export type ErrorCode = 'bad_request' | 'too_long' | 'not_identified' | 'forbidden' | 'not_found' | 'taken' | 'conflict' | 'rate_limited' | 'unavailable' | 'internal';

/** A refusal: `message` in plain words, `field` at fault, `retry_after` in seconds. */
export interface ErrorBody {
  code: ErrorCode;
  message: string;
  field?: string;
  retry_after?: number;
}

export interface ErrorEvent extends ErrorBody {
  event: string;
}

export type Ack<T> = ({ ok: true } & T) | { ok: false; error: ErrorBody };

/** A message in full. `timestamp` and `date` are local to the server, as the base protocol has them. */
export interface Message {
  id: string;
  room: string;
  seq: number;
  rev: number;
  user_id: string;
  username: string;
  message: string;
  timestamp: string;
  date: string;
  created_at: string;
  client_id?: string;
}

/** A person came into a room; `user_count` is how many people are there now. */
export interface UserJoined {
  username: string;
  user_id: string;
  room: string;
  user_count: number;
}

/** A person left a room. */
export interface UserLeft {
  username: string;
  user_id: string;
  room: string;
  user_count: number;
}

/** A person began or stopped typing. */
export interface UserTyping {
  username: string;
  user_id: string;
  room: string;
  typing: boolean;
}

/** A person has another name now. Messages keep the name they were sent under. */
export interface UserChanged {
  user_id: string;
  username: string;
}

/** The person has read a room up to `seq`, on another connection. */
export interface Read {
  room: string;
  seq: number;
}

/** Something happened in a room one is not in: the newest `seq` and `rev`, and how many people are there. */
export interface RoomActivity {
  room: string;
  last_seq: number;
  last_rev: number;
  user_count: number;
}

/** Messages before `before_seq` are gone. */
export interface HistoryTrimmed {
  room: string;
  rev: number;
  before_seq: number;
}

/** What the server allows: code points in a message; milliseconds after which typing expires. */
export interface Limits {
  max_message_length: number;
  typing_timeout: number;
}

/** Who the caller is. `token` is told once, when a session is made. */
export interface UsernameSet {
  username: string;
  user_id: string;
  history_id: string;
  limits: Limits;
  token?: string;
}

/** A room as `rooms_list` shows it; `read_seq` where the caller is a member. */
export interface RoomEntry {
  name: string;
  user_count: number;
  message_count: number;
  topic: string;
  last_seq: number;
  rev: number;
  read_seq?: number;
}

/** A room as it is at the moment of joining: the last messages, and at most 500 of the people in it. */
export interface JoinedRoom {
  room: string;
  room_name: string;
  topic: string;
  messages: Message[];
  users: string[];
  user_count: number;
  rev: number;
  first_seq: number;
  last_seq: number;
  read_seq: number;
  has_more: boolean;
  history_id: string;
}

/** Somebody, by the name they have now. */
export interface Person {
  user_id: string;
  username: string;
}

/** Messages of a room, oldest first, and whether there are others on either side. */
export interface MessagePage {
  messages: Message[];
  has_more_before: boolean;
  has_more_after: boolean;
}

/** A new person and the token of their session. */
export interface Session {
  username: string;
  user_id: string;
  token: string;
}

/** Who this server is, and where others reach it, the best address first. */
export interface Identity {
  installation_id: string;
  history_id: string;
  name: string;
  addresses: string[];
}

/** Everybody present in a room. */
export interface RoomPeople {
  users: Person[];
  user_count: number;
}

/** Take a name, or change it. */
export interface SetUsername {
  username: string;
}

/** List the rooms. */
export interface GetRooms {
}

/** Be present in a room, leaving the one before. */
export interface JoinRoom {
  room: string;
}

/** Say something, in `room` or else in the connection's current room. A repeat carries the same `client_id`. */
export interface SendMessage {
  message: string;
  room?: string;
  client_id?: string;
}

/** Begin or stop typing. */
export interface Typing {
  typing: boolean;
}

/** Have read a room up to `seq`. */
export interface MarkRead {
  room: string;
  seq: number;
}

export type Me = Person;

export type RoomsList = Record<string, RoomEntry>;

/** What the server tells. */
export interface ServerEvents {
  username_set: UsernameSet;
  rooms_list: RoomsList;
  joined_room: JoinedRoom;
  error: ErrorEvent;
  new_message: Message;
  user_joined: UserJoined;
  user_left: UserLeft;
  user_typing: UserTyping;
  user_changed: UserChanged;
  read: Read;
  room_activity: RoomActivity;
  history_trimmed: HistoryTrimmed;
}

/** What a client sends, and what a good ack carries. */
export interface ClientEvents {
  set_username: { payload: SetUsername; ack: UsernameSet };
  get_rooms: { payload: undefined; ack: { rooms: RoomsList } };
  join_room: { payload: JoinRoom; ack: JoinedRoom };
  send_message: { payload: SendMessage; ack: { message: Message } };
  typing: { payload: Typing; ack: object };
  mark_read: { payload: MarkRead; ack: MarkRead };
}
