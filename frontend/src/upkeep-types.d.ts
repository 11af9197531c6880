/** What the host's panel knows of what is kept, and what it does about that. Beside types.d.ts. */
import type { Backup, Backups, Imported, ImportState, Preview, Removed, Trim } from './protocol.js';
import type { Finding } from './types.js';

/** How a file goes to the server: `part` of it is there, from 0 to 1. */
export interface Sending {
  onProgress(part: number): void;
  signal: AbortSignal;
}

/** All methods reject with ChatError. */
export interface Upkeep {
  doctor(): Promise<Finding[]>;
  /** What the next cleanup would remove, if it were now. */
  preview(): Promise<Preview>;
  /** Clean up now; resolves to what went. */
  cleanUp(): Promise<Trim[]>;
  /** What cleanups of the last seven days took, the newest first. */
  trims(): Promise<Removed[]>;
  /** Undo a cleanup of a room, and later ones of it; the room is held from then on. */
  bringBack(id: string): Promise<void>;
  hold(room: string, isHeld: boolean): Promise<void>;
  backups(): Promise<Backups>;
  /** Resolves to the one that was made. */
  backUp(): Promise<Backup>;
  removeBackup(name: string): Promise<void>;
  /**
   * Puts a backup that lies on the server in the place of everything. Resolves when the server has taken it, and starts
   * anew; `code` is to arrive there with. Rejects with `conflict`, field unproven, for one that fails its proof.
   */
  restoreKept(name: string, options: { isUnproven: boolean }): Promise<{ code: string }>;
  /** The same with a file. */
  restore(file: Blob, options: Sending & { isUnproven: boolean }): Promise<{ code: string }>;
  /** Reads an archive in: one of a chat like this, or of Slack's. Resolves to what came of it. */
  bringIn(file: Blob, sending: Sending): Promise<Imported>;
  /** How far it is. */
  importState(): Promise<ImportState>;
}

export type { Backup, Backups, Imported, ImportState, Preview, Removed, Trim };
export type { Expected, Keeps } from './protocol.js';
