/** The wire: payloads of Socket.IO events, their acks, and REST answers. Keys are those of the server, unchanged. */

export type ErrorCode =
  | 'bad_request' | 'too_long' | 'not_identified' | 'forbidden' | 'not_found'
  | 'taken' | 'rate_limited' | 'conflict' | 'unavailable' | 'internal';

export interface ErrorBody {
  code: ErrorCode;
  /** Plain words, in English. */
  message: string;
  /** The field of the payload that is at fault. */
  field?: string;
  /** Seconds. */
  retry_after?: number;
}

export type Ack<T> = ({ ok: true } & T) | { ok: false; error: ErrorBody };

/** A message in full. */
export interface Message {
  id: string;
  room: string;
  /** Place in the room: 1, 2, 3, … without gaps. */
  seq: number;
  /** The room's change counter at this message's last change. */
  rev: number;
  client_id?: string;
  user_id: string;
  /** The author's name when the message was sent. */
  username: string;
  message: string;
  /** Server-local "HH:MM:SS" and "YYYY-MM-DD"; `created_at` is the one to show. */
  timestamp: string;
  date: string;
  /** RFC 3339 UTC with milliseconds. */
  created_at: string;
}

export interface RoomEntry {
  name: string;
  user_count: number;
  message_count: number;
  topic: string;
  last_seq: number;
  /** Absent for a caller without identity. */
  read_seq?: number;
}

export type RoomsList = Record<string, RoomEntry>;

export interface Limits {
  /** Code points. */
  max_message_length: number;
  /** Milliseconds. */
  typing_timeout: number;
}

export interface UsernameSet {
  username: string;
  user_id: string;
  history_id: string;
  limits: Limits;
  token?: string;
}

export interface JoinedRoom {
  room: string;
  room_name: string;
  /** The newest messages, oldest first. */
  messages: Message[];
  /** At most 500 names; `user_count` is the truth. */
  users: string[];
  rev: number;
  last_seq: number;
  first_seq: number;
  read_seq: number;
  user_count: number;
  history_id: string;
  has_more: boolean;
}

export interface Presence { username: string; user_id: string; room: string; user_count: number }
export interface UserTyping { username: string; user_id: string; room: string; typing: boolean }
export interface UserChanged { user_id: string; username: string }
export interface RoomActivity { room: string; last_seq: number; last_rev: number; user_count: number }
export interface Read { room: string; seq: number }
/** Every message with `seq` < `before_seq` is gone. */
export interface HistoryTrimmed { room: string; rev: number; before_seq: number }
export interface ErrorEvent extends ErrorBody { event: string }

export interface ServerEvents {
  username_set: UsernameSet;
  rooms_list: RoomsList;
  joined_room: JoinedRoom;
  new_message: Message;
  user_joined: Presence;
  user_left: Presence;
  user_typing: UserTyping;
  user_changed: UserChanged;
  room_activity: RoomActivity;
  read: Read;
  history_trimmed: HistoryTrimmed;
  error: ErrorEvent;
}

/** Client events: what is sent and what a good ack carries. */
export interface ClientEvents {
  set_username: { payload: { username: string }; ack: { username: string; user_id: string; token?: string } };
  get_rooms: { payload: undefined; ack: { rooms: RoomsList } };
  join_room: { payload: { room: string }; ack: JoinedRoom };
  send_message: { payload: { room: string; message: string; client_id: string }; ack: { message: Message } };
  typing: { payload: { typing: boolean }; ack: object };
  mark_read: { payload: { room: string; seq: number }; ack: { room: string; seq: number } };
}

export interface Session { username: string; user_id: string; token: string }
export interface Me { username: string; user_id: string }
export interface MessagePage { messages: Message[]; has_more_before: boolean; has_more_after: boolean }
/** `addresses`: URLs under which others reach this chat, the best first. */
export interface Identity { installation_id: string; history_id: string; name: string; addresses: string[] }
/** Answer of GET /api/rooms/<id>/users. */
export interface RoomPeople { users: { user_id: string; username: string }[]; user_count: number }
