/** What the views know of rooms as rooms. Beside types.d.ts. */
import type { Members, RoomRetention, SetRetention } from './protocol.js';

/** What one does with rooms. All methods reject with ChatError; the store hears of what was done by itself. */
export interface Rooms {
  /** Resolves to its id. `taken`, `bad_request` and `too_long` name the field: `name` or `topic`. */
  create(room: { name: string; topic: string; isPrivate: boolean }): Promise<string>;
  /** The conversation with these people alone, begun if need be. Resolves to its id. */
  openDirect(usernames: readonly string[]): Promise<string>;
  change(room: string, change: { name?: string; topic?: string; archived?: boolean }): Promise<void>;
  /** What the chat keeps of a room, and what the room was told to keep. */
  retention(room: string): Promise<RoomRetention>;
  /** How long a room keeps what is said: 0 without end, null as the chat does; what is left out stays. Rejects with `forbidden`, field `days` or `messages`. */
  keep(room: string, limits: SetRetention): Promise<void>;
  invite(room: string, username: string): Promise<void>;
  remove(room: string, username: string): Promise<void>;
  leave(room: string): Promise<void>;
  /** Be a member again of a public room that was left; it is the current one. */
  join(room: string): Promise<void>;
  /** A hundred of those who belong to it, by id; `after`: the id of the last one known. */
  members(room: string, after?: string): Promise<Members>;
}
