/** What the views of the signed-in page share: the context of `main.js` and the commands of the page itself. */
import type { BegunEdit, RoomMessage, ViewContext } from '../types.js';
import type { Upkeep } from '../upkeep-types.js';
import type { Act, Known } from './standing.js';

/** Short news, shown and spoken. `stay` in milliseconds; without it an error stays until it is closed. */
export interface ToastOptions {
  words: string;
  level?: 'info' | 'error';
  stay?: number;
  action?: { label: string; run(): void };
  /** Put the focus on the action: who came by keyboard could not reach it in time. */
  takesFocus?: boolean;
  /** The toast is gone; `hadFocus` says that the focus went with it. */
  onGone?(hadFocus: boolean): void;
}

export interface Commands {
  /** Show a room. `replace` puts it in the place of the present entry of the browser's history. */
  showRoom(room: string, options?: { replace?: boolean }): void;
  /** Back to the list of rooms (a phone shows one pane at a time). */
  showRooms(): void;
  /** Show or hide the details of the current room: what it is, who is there; `person` gets the focus. */
  showPeople(show: boolean, person?: string): void;
  arePeopleShown(): boolean;
  /** Show the current room's details where others are let in. */
  inviteInto(): void;
  /** Name somebody in what is being written in the current room. */
  mention(username: string): void;
  /** The focus goes to the composer. */
  write(): void;
  newRoom(options?: { isPrivate?: boolean }): void;
  /** Choose people to talk with. */
  newMessage(): void;
  invite(): void;
  /** What only a host sees; at a part of it. */
  hostPanel(part?: string): void;
  /** Everybody in this chat. */
  everybody(): void;
  /** What a moderator or a host does with a person. */
  moderate(act: Act, person: Known): void;
  /** A copy of what was said in a room, in a form of one's choice. */
  saveCopy(room: string): void;
  /** Choose how long a room keeps what is said there. */
  keep(room: string): void;
  /** One's own password and devices. */
  account(): void;
  /** What an edited message said before. */
  editHistory(message: RoomMessage): void;
  jump(): void;
  /** Show or hide the search beside the conversation. False: there is no room to show it beside. */
  search(show: boolean): boolean;
  isSearching(): boolean;
  settings(): void;
  shortcuts(): void;
  /** Say something to screen readers, once, when they have time. */
  announce(text: string): void;
  toast(options: ToastOptions): void;
}

export interface PageContext extends ViewContext {
  commands: Commands;
  /** The name of this chat as its host gave it; a fallback until it is known. */
  chatName(): string;
}

/** What the parts of the host's panel have besides. */
export interface HostContext extends PageContext {
  upkeep: Upkeep;
}

/** What a message asks of the conversation around it. */
export interface Talk {
  /** Answer a message: its quote stands over the composer. */
  reply(id: string): void;
  /** Rewrite a message of one's own, in its place. */
  edit(id: string, from: BegunEdit['from']): void;
  /** Draw a message anew, for what was begun with it has changed. False: it does not stand on the page. */
  refresh(id: string): boolean;
  /** Rewrite the last message of one's own. False: there is none. */
  editLast(): boolean;
  /** The focus goes to the composer. */
  write(): void;
  /** The focus goes to a message, or to the one nearest to its place. */
  focusMessage(seq: number): void;
}

export interface RoomContext extends PageContext {
  talk: Talk;
}

/** A part of the page that listens to the store until it is closed. */
export interface View {
  readonly element: HTMLElement;
  close(): void;
}
