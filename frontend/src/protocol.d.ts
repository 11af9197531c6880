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
  edited_at?: string;
  deleted?: boolean;
  reply_to?: string;
  mentions?: string[];
  reactions?: Record<string, string[]>;
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

/** A person has another name now, or another `role`. Messages keep the name they were sent under. */
export interface UserChanged {
  user_id: string;
  username: string;
  role?: string;
}

/** The chat has another name, or is reached at other addresses. */
export interface IdentityChanged {
  name: string;
  addresses: string[];
  secure_addresses: string[];
  local_name?: string;
}

/** How far the person has read a room, and how many messages after that mention them. */
export interface Read {
  room: string;
  seq: number;
  mention_count: number;
}

/** Something happened in a room one is not in: the newest `seq` and `rev`, and how many people are there.
 * 
 * With `mention`, one more unread message there mentions whoever hears it, and nothing is said of people. */
export interface RoomActivity {
  room: string;
  last_seq: number;
  last_rev: number;
  user_count?: number;
  mention?: boolean;
}

/** There is one more room for whoever hears it: it was made, or they belong to it now. */
export interface RoomAdded {
  room: RoomView;
}

/** A room has another name or topic, was archived or taken up again, or keeps what is said otherwise. */
export interface RoomChanged {
  room: RoomView;
}

/** Whoever hears it does not belong to the room any more, and sees it no more unless it is public. */
export interface RoomRemoved {
  room: string;
  is_public?: boolean;
}

/** Messages before `before_seq` are gone. */
export interface HistoryTrimmed {
  room: string;
  rev: number;
  before_seq: number;
}

/** What a cleanup had taken is back: the room begins at `first_seq` again. */
export interface HistoryRestored {
  room: string;
  rev: number;
  first_seq: number;
}

/** Told to hosts: all that is wrong with the chat's data from now on, nothing where all is well again. */
export interface TroubleChanged {
  trouble: Trouble[];
}

/** What the server allows: code points in a message; milliseconds after which typing expires. */
export interface Limits {
  max_message_length: number;
  typing_timeout: number;
}

/** Who the caller is. `token` is told once, when a session is made; until `muted_until` they read and do not
 * write. */
export interface UsernameSet {
  username: string;
  user_id: string;
  role: string;
  history_id: string;
  limits: Limits;
  token?: string;
  muted_until?: string;
}

/** A room as `rooms_list` shows it; where the caller is a member, how far they have read, and how many messages
 * after that mention them. `members` are told of a conversation, which has no name but theirs. */
export interface RoomEntry {
  name: string;
  user_count: number;
  message_count: number;
  topic: string;
  last_seq: number;
  rev: number;
  kind: 'public' | 'private' | 'direct';
  keeps: Keeps;
  read_seq?: number;
  mention_count?: number;
  archived?: boolean;
  created_by?: string;
  members?: Person[];
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
  mention_count: number;
  has_more: boolean;
  history_id: string;
}

/** Somebody, by the name they have now. */
export interface Person {
  user_id: string;
  username: string;
}

/** What a room keeps: so many days, and so many messages; without end where there is no such limit. While the room
 * is `held`, nothing of it goes. */
export interface Keeps {
  days?: number;
  messages?: number;
  held?: boolean;
}

/** A room as it is told to those who may see it, whoever they are. `members` are told of a conversation, which has
 * no name but theirs. */
export interface RoomView {
  id: string;
  name: string;
  topic: string;
  message_count: number;
  last_seq: number;
  rev: number;
  kind: 'public' | 'private' | 'direct';
  keeps: Keeps;
  archived?: boolean;
  created_by?: string;
  members?: Person[];
}

/** Who asks, what they are here, and whether their name has a password. Until `muted_until` they read and do not
 * write. */
export interface Me {
  user_id: string;
  username: string;
  role: string;
  has_password: boolean;
  muted_until?: string;
}

/** Messages of a room, oldest first, and whether there are others on either side. */
export interface MessagePage {
  messages: Message[];
  has_more_before: boolean;
  has_more_after: boolean;
}

/** What changed in a room since the `rev` asked from, in order of `rev`; `rev` is where to go on from.
 * 
 * `more`: there was no space for all, ask again. `reset`: too much to tell, load the last page anew. `gone`: there is
 * no such room for the caller. */
export interface SyncedRoom {
  rev: number;
  messages: Message[];
  more?: boolean;
  reset?: boolean;
  gone?: boolean;
}

/** The rooms asked for, by id. */
export interface Synced {
  history_id: string;
  rooms: Record<string, SyncedRoom>;
}

/** What a message said before it was edited, and when that was written. */
export interface PastText {
  message: string;
  created_at: string;
}

/** What a message said before, the oldest first. */
export interface Edits {
  edits: PastText[];
}

/** A session of the caller: the device in words, the address it signed in from, and when it ends unless it is used
 * before. */
export interface SignedInDevice {
  id: string;
  device: string;
  address: string;
  created_at: string;
  last_used_at: string;
  expires_at: string;
  is_current: boolean;
}

/** The sessions of the caller, the one that was used last first. */
export interface Devices {
  sessions: SignedInDevice[];
}

/** The code of a link that signs somebody in once, at `#/device/<code>` of any address of this server. */
export interface DeviceLink {
  code: string;
  expires_at: string;
}

/** What to send to others so that they can come in. */
export interface Invite {
  ways_in: 'open' | 'phrase' | 'invitation';
  phrase?: string;
}

/** A link by which new people come in, as `role`; `uses_left` where there is an end to it. */
export interface Invitation {
  id: string;
  role: string;
  created_at: string;
  expires_at: string;
  uses_left?: number;
}

/** The invitations that are good, the newest first. */
export interface Invitations {
  invitations: Invitation[];
}

/** An invitation with its code, which is told once; the link is `#/invite/<code>` of any address. */
export interface NewInvitation {
  id: string;
  role: string;
  created_at: string;
  expires_at: string;
  uses_left?: number;
  code: string;
}

/** Have this password from now on; `current` is the one of before, where there is one. */
export interface SetPassword {
  password: string;
  current?: string;
}

/** Have no password any more. */
export interface RemovePassword {
  current: string;
}

/** Let new people come in by a link, as `role`: so many, or as many as come, within so many days. */
export interface MakeInvitation {
  role?: 'guest' | 'member' | 'moderator';
  uses?: number;
  days?: number;
}

/** Give up one's account. What one said is kept, under the name `former member`, or erased; the `password` is asked
 * for where the name has one. */
export interface Leave {
  messages: 'keep' | 'erase';
  password?: string;
}

/** Somebody who belongs to a room, and whether they are present there. */
export interface Member {
  user_id: string;
  username: string;
  role: string;
  is_present: boolean;
}

/** Some of those who belong to a room, by their ids; `count` is how many these are in all. */
export interface Members {
  members: Member[];
  count: number;
}

/** A copy of the database in the data folder's `backups`, and the form it has. `maker` made it by itself, where
 * nobody asked for it. It was last proven at `proven_at`, or `failed` for this reason; where neither is there, it is
 * still to be proven. At `goes_at` it is removed at the latest, where the chat does not keep everything. */
export interface Backup {
  name: string;
  created_at: string;
  bytes: number;
  revision: string;
  maker?: 'daily' | 'before' | 'replaced';
  proven_at?: string;
  failed?: string;
  goes_at?: string;
}

/** The backups that can still hold what the chat has erased: how many, when the newest was made, and when the last
 * of them goes, where that is settled. */
export interface Erased {
  backups: number;
  newest: string;
  until?: string;
}

/** The backups there are, the newest first, and the folder of the server in which they lie. */
export interface Backups {
  folder: string;
  backups: Backup[];
  erased?: Erased;
}

/** Something that is wrong, and since when. */
export interface Trouble {
  kind: 'full' | 'read_only' | 'gone' | 'damaged' | 'failing' | 'backup' | 'unproven' | 'archive';
  since: string;
}

/** What the chat keeps of each room, and what of that a room was told to keep for itself, 0 being without end; what
 * is left out is as the chat has it. While a room is `held`, nothing of it goes. */
export interface RoomRetention {
  chat: Keeps;
  may_keep_more: boolean;
  days?: number;
  messages?: number;
  held?: boolean;
}

/** How many days and how many messages a room keeps, 0 being without end and null as the chat does; what is left
 * out stays. */
export interface SetRetention {
  days?: number | null;
  messages?: number | null;
}

/** What a cleanup now would remove from a room, if the room were not `held`: how many messages, and when the oldest
 * and the newest of these were sent; and what the room keeps. The name is told of rooms that the caller may see. */
export interface Expected {
  room: string;
  kind: 'public' | 'private' | 'direct';
  messages: number;
  keeps: Keeps;
  name?: string;
  oldest?: string;
  newest?: string;
  held?: boolean;
}

/** When the next cleanup is, and what one would remove now. Rooms that the caller may see stand in it in any case,
 * and all that are held. */
export interface Preview {
  next_at: string;
  rooms: Expected[];
}

/** What the cleanup removes from a room: all messages before `before_seq`, the times being those of the first and
 * last. */
export interface Trim {
  room: string;
  messages: number;
  before_seq: number;
  oldest: string;
  newest: string;
}

/** What a cleanup took from a room and can be brought back until it is erased, which is at `expires_at` unless the
 * room is `held`. */
export interface Removed {
  id: string;
  room: string;
  kind: 'public' | 'private' | 'direct';
  messages: number;
  created_at: string;
  expires_at: string;
  name?: string;
  held?: boolean;
}

/** What can be brought back, the newest first. */
export interface Trims {
  trims: Removed[];
}

/** What came of an archive: how much is new, how much was here already, who has another name here because theirs
 * was somebody else's, and how often what was left out. */
export interface Imported {
  rooms?: number;
  people?: number;
  messages?: number;
  known?: number;
  renamed?: Record<string, string>;
  left_out?: Record<string, number>;
}

/** Whether an import runs, and how far it is: messages that are done, of all there are in the file. */
export interface ImportState {
  is_running: boolean;
  done?: number;
  total?: number;
}

/** What went, or would go. */
export interface Cleaned {
  rooms: Trim[];
}

/** Who somebody is from now on, and the token of their session. */
export interface Session {
  username: string;
  user_id: string;
  token: string;
  role: string;
}

/** What a page needs to go over to another address: the code to arrive with, and the question (`nonce`) with the
 * answer (`proof`) by which it knows this server. `expires_at` in milliseconds. */
export interface Carry {
  code: string;
  nonce: string;
  proof: string;
  expires_at: number;
}

/** Who this server is, where others reach it, the best address first, and what newcomers need; `proof` answers a
 * nonce. */
export interface Identity {
  installation_id: string;
  history_id: string;
  name: string;
  addresses: string[];
  secure_addresses: string[];
  https: 'off' | 'beside' | 'redirect';
  ways_in: 'open' | 'phrase' | 'invitation';
  local_name?: string;
  proof?: string;
}

/** Everybody present in a room. */
export interface RoomPeople {
  users: Person[];
  user_count: number;
}

/** People. */
export interface People {
  users: Person[];
}

/** Some text; `mark` where it is what was looked for. */
export interface Piece {
  text: string;
  mark?: boolean;
}

/** A message that was found, and the piece of it that shows why. */
export interface SearchResult {
  message: Message;
  snippet: Piece[];
}

/** What was found, the newest first. With a `cursor` there may be more; where the search stopped before the page was
 * full, `reached` is the time down to which everything was looked at. */
export interface SearchResults {
  results: SearchResult[];
  cursor?: string;
  reached?: string;
}

/** Somebody with an account. `muted_until` is told to themselves and to moderators, `banned_at` to hosts. */
export interface PersonInList {
  user_id: string;
  username: string;
  role: string;
  is_present: boolean;
  muted_until?: string;
  banned_at?: string;
}

/** People in the order of their names; `cursor` is where those after them begin, `count` how many there are in all,
 * on all pages. */
export interface PeopleList {
  people: PersonInList[];
  count: number;
  cursor?: string;
}

/** A ban, with the name there is now of whom it is about, and of the host who made it. */
export interface BanInList {
  id: string;
  kind: 'person' | 'device' | 'address';
  created_at: string;
  by: string;
  user_id?: string;
  username?: string;
  address?: string;
}

/** Bans, the newest first. */
export interface BanList {
  bans: BanInList[];
}

/** Who did what to whom, with the names of that moment; the operator has no `actor_id`. What `detail` holds depends
 * on the action. */
export interface AuditEntry {
  id: string;
  created_at: string;
  actor: string;
  action: 'role_set' | 'renamed' | 'muted' | 'unmuted' | 'banned' | 'unbanned' | 'sessions_ended' | 'removed_from_room' | 'message_deleted' | 'room_changed' | 'room_archived' | 'room_reopened' | 'choices_changed' | 'phrase_changed' | 'invitation_made' | 'invitation_removed' | 'name_returned' | 'host_link_used' | 'backup_made' | 'backup_restored' | 'room_held' | 'room_released' | 'retention_changed' | 'history_cleaned' | 'history_archived' | 'history_restored' | 'backup_removed' | 'exported' | 'imported';
  subject: string;
  actor_id?: string;
  subject_id?: string;
  detail?: Record<string, unknown>;
}

/** Entries of the audit log, the newest first. */
export interface AuditPage {
  entries: AuditEntry[];
  has_more: boolean;
}

/** Take a name, or change it. Who has none yet signs in with a `password`, or comes in by `phrase` or `invitation`
 * where the chat asks for one; a new person has the password from then on. */
export interface SetUsername {
  username: string;
  password?: string;
  phrase?: string;
  invitation?: string;
}

/** List the rooms. */
export interface GetRooms {
}

/** Be present in a room, leaving the one before. */
export interface JoinRoom {
  room: string;
}

/** Make a room, everybody's or `private`. */
export interface CreateRoom {
  name: string;
  topic?: string;
  private?: boolean;
}

/** Give a room another name or topic, archive it or take it up again. */
export interface UpdateRoom {
  room: string;
  name?: string;
  topic?: string;
  archived?: boolean;
}

/** Talk with these people and nobody else; with the same ones it is the same room. */
export interface OpenDirect {
  usernames: string[];
}

/** Bring somebody into a private room. */
export interface InviteToRoom {
  room: string;
  username: string;
}

/** Be present in a room no more, and belong to it no more. */
export interface LeaveRoom {
  room: string;
}

/** Let somebody belong to a room no more. */
export interface RemoveMember {
  room: string;
  username: string;
}

/** Say something, in `room` or else in the connection's current room. A repeat carries the same `client_id`. */
export interface SendMessage {
  message: string;
  room?: string;
  client_id?: string;
  reply_to?: string;
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

/** Say something else in a message of one's own. */
export interface EditMessage {
  id: string;
  message: string;
}

/** Take a message back; it keeps its place. */
export interface DeleteMessage {
  id: string;
}

/** Put an emoji to a message, or take it away. */
export interface React {
  id: string;
  emoji: string;
  on: boolean;
}

/** Hear what changed in rooms since the `rev` last seen there, in the history that was seen. */
export interface Sync {
  history_id: string;
  rooms: Record<string, number>;
}

export type RoomsList = Record<string, RoomEntry>;

/** What the server tells. */
export interface ServerEvents {
  username_set: UsernameSet;
  rooms_list: RoomsList;
  joined_room: JoinedRoom;
  error: ErrorEvent;
  new_message: Message;
  message_changed: Message;
  user_joined: UserJoined;
  user_left: UserLeft;
  user_typing: UserTyping;
  user_changed: UserChanged;
  identity_changed: IdentityChanged;
  read: Read;
  room_activity: RoomActivity;
  room_added: RoomAdded;
  room_changed: RoomChanged;
  room_removed: RoomRemoved;
  history_trimmed: HistoryTrimmed;
  history_restored: HistoryRestored;
  trouble_changed: TroubleChanged;
}

/** What a client sends, and what a good ack carries. */
export interface ClientEvents {
  set_username: { payload: SetUsername; ack: UsernameSet };
  get_rooms: { payload: undefined; ack: { rooms: RoomsList } };
  join_room: { payload: JoinRoom; ack: JoinedRoom };
  create_room: { payload: CreateRoom; ack: { room: RoomView } };
  update_room: { payload: UpdateRoom; ack: { room: RoomView } };
  open_direct: { payload: OpenDirect; ack: { room: RoomView } };
  invite: { payload: InviteToRoom; ack: { room: RoomView } };
  leave_room: { payload: LeaveRoom; ack: { room: string } };
  remove_member: { payload: RemoveMember; ack: { room: string } };
  send_message: { payload: SendMessage; ack: { message: Message } };
  typing: { payload: Typing; ack: object };
  mark_read: { payload: MarkRead; ack: Read };
  edit_message: { payload: EditMessage; ack: { message: Message } };
  delete_message: { payload: DeleteMessage; ack: { message: Message } };
  react: { payload: React; ack: { message: Message } };
  sync: { payload: Sync; ack: Synced };
}
