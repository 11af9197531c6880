/** What the views of the signed-in page share: the context of `main.js` and the commands of the page itself. */
import type { ViewContext } from '../types.js';

export interface Commands {
  /** Show a room. `replace` puts it in the place of the present entry of the browser's history. */
  showRoom(room: string, options?: { replace?: boolean }): void;
  /** Back to the list of rooms (a phone shows one pane at a time). */
  showRooms(): void;
  /** Show or hide the people of the current room; `person` gets the focus. */
  showPeople(show: boolean, person?: string): void;
  arePeopleShown(): boolean;
  invite(): void;
  jump(): void;
  settings(): void;
  shortcuts(): void;
  /** Say something to screen readers, once, when they have time. */
  announce(text: string): void;
}

export interface PageContext extends ViewContext {
  commands: Commands;
  /** The name of this chat as its host gave it; a fallback until it is known. */
  chatName(): string;
}

/** A part of the page that listens to the store until it is closed. */
export interface View {
  readonly element: HTMLElement;
  close(): void;
}
