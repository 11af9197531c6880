/** What is searched for, and what is found. */
import type { SearchResult, SearchResults } from './protocol.js';

/** The line as it is written (words, "phrases", from: in: before: after: has:link), and what narrows it further. */
export interface SearchQuery {
  q?: string;
  room?: string;
  /** RFC 3339, that moment not included. */
  until?: string;
  limit?: number;
  /** Of the page before. */
  cursor?: string | undefined;
}

export type { SearchResult as Found, SearchResults };

/** What a search is at: begun by what is written, ended by the newest answer. */
export interface Finding {
  /** idle: nothing is looked for. searching: the first page is on its way; what was found before stays until then. */
  readonly state: 'idle' | 'searching' | 'found' | 'failed';
  readonly results: readonly SearchResult[];
  /** Another page can be had. */
  readonly hasMore: boolean;
  /** It is on its way. */
  readonly isGoingOn: boolean;
  readonly reached: string | null;
  readonly error: unknown;
}
