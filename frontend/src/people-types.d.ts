/** What the views know of people as people: their own account, everybody else's, and how one comes in. Beside types.d.ts. */
import type { DeviceLink, Invitation, Invite, Me, NewInvitation, SignedInDevice } from './protocol.js';

export type Role = 'guest' | 'bot' | 'member' | 'moderator' | 'host';

/** open: a name is enough. phrase: also four words that the host gives out. invitation: a link made for whoever comes. */
export type WaysIn = 'open' | 'phrase' | 'invitation';

/** What somebody signs in with; a name alone where that is enough. */
export interface Credentials {
  username: string;
  password?: string;
  phrase?: string;
  invitation?: string;
}

/** Read from the address: `#/join/<phrase>`, `#/invite/<code>`, `#/device/<code>`. */
export interface Link { kind: 'phrase' | 'invitation' | 'device'; code: string }

/** One line of the list of people. */
export interface Somebody {
  user_id: string;
  username: string;
  role: Role;
  is_present: boolean;
  muted_until?: string;
  /** Told to hosts. */
  banned_at?: string;
}

export interface PeoplePage {
  people: Somebody[];
  /** Where the next page begins. */
  cursor?: string;
  /** How many there are in all. */
  count: number;
}

/** Whom a ban shuts out: the person always. */
export interface Reach { devices: boolean; address: boolean }

export interface Ban {
  id: string;
  kind: 'person' | 'device' | 'address';
  user_id?: string;
  username?: string;
  address?: string;
  created_at: string;
  /** Name of the host who did it. */
  by: string;
}

/** Something a moderator or a host did. */
export interface AuditEntry {
  id: string;
  created_at: string;
  actor: string;
  actor_id?: string;
  action: string;
  subject: string;
  subject_id?: string;
  detail?: unknown;
}

/** What one does with one's own account. All methods reject with ChatError. */
export interface Account {
  look(): Promise<Me>;
  /** All other sessions of this person end. `current`: where there is one. */
  setPassword(password: string, current?: string): Promise<void>;
  removePassword(current: string): Promise<void>;
  devices(): Promise<SignedInDevice[]>;
  signOutDevice(id: string): Promise<void>;
  signOutOthers(): Promise<void>;
  /** A link for another device, once and within ten minutes. */
  deviceLink(): Promise<DeviceLink>;
  /** What others come in by. Rejects with `forbidden` or `not_found` for guests. */
  invite(): Promise<Invite>;
  /** The picture of one of the server's addresses with what follows it, as an address for an <img>. */
  picture(address: string): Promise<string>;
}

/**
 * Everybody in this chat, and what moderators and hosts may do with them. All methods reject with ChatError. The event
 * `person` tells of `Somebody` as they have become by it.
 */
export interface Directory extends EventTarget {
  find(query: { q?: string; after?: string; limit?: number }): Promise<PeoplePage>;
  mute(user_id: string, minutes: number): Promise<Somebody>;
  unmute(user_id: string): Promise<Somebody>;
  setRole(user_id: string, role: Role): Promise<Somebody>;
  rename(user_id: string, username: string): Promise<Somebody>;
  signOut(user_id: string): Promise<void>;
  ban(user_id: string, reach: Reach): Promise<Somebody>;
  liftBan(user_id: string): Promise<Somebody>;
  /** A link by which this person comes back to their name, once and within a day. */
  handBack(user_id: string): Promise<DeviceLink>;
}

/** Who is shut out, who is invited, and what was done: the host's. All methods reject with ChatError. */
export interface Gate {
  bans(): Promise<Ban[]>;
  removeBan(id: string): Promise<void>;
  invitations(): Promise<Invitation[]>;
  invite(options: { role?: Role; uses?: number; days?: number }): Promise<NewInvitation>;
  removeInvitation(id: string): Promise<void>;
  audit(before?: string): Promise<{ entries: AuditEntry[]; has_more: boolean }>;
  auditUrl(format: 'csv' | 'ndjson'): string;
  /** Download address of every room this host may read, with people and settings. */
  archiveUrl(): string;
}

/** What the opened link brought. The event `change` tells of another phase, or that something is used up. */
export interface Entry extends EventTarget {
  /** arriving: a link from another device is being used. asking: somebody is signed in here, and may want to stay who they are. */
  readonly phase: 'none' | 'arriving' | 'asking';
  /** A link from another device that was no good (any more). */
  readonly isSpent: boolean;
  /** What a phrase or an invitation adds to a sign-in. */
  readonly key: { phrase?: string; invitation?: string };
  /** The server did not take it. */
  drop(): void;
  /** The answer, while it asks. */
  decide(goOver: boolean): void;
}
