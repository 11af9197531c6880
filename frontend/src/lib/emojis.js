/** The emojis one can choose: which there are, how they are found, and which one uses most. */

/**
 * @typedef {object} Emoji
 * @property {string} emoji
 * @property {string} name
 * @property {boolean} hasTones whether it comes in the five tones of skin
 * @property {string} words name and keywords, for searching
 */

/** @typedef {{slug: string, emojis: Emoji[]}} EmojiGroup */

/** Shown as long as one has chosen few: what people react with most. */
const USUAL = ['👍', '❤️', '😂', '🎉', '😮', '😢', '🙏', '👀'];
/** Kept of those one has chosen. */
const REMEMBERED = 24;
/** The five tones, lightest first. */
export const TONES = ['🏻', '🏼', '🏽', '🏾', '🏿'];

/** @type {Promise<EmojiGroup[]> | undefined} */
let loading;

/**
 * All emojis by group. The tables are chunks of their own, fetched at the first call (vite.config.js trims them).
 * Rejects when they cannot be fetched; the next call tries again.
 * @returns {Promise<EmojiGroup[]>}
 */
export function loadEmojis() {
  loading ??= Promise.all([import('unicode-emoji-json/data-by-group.json'), import('emojilib/dist/emoji-en-US.json')])
    .then(([groups, keywords]) => joinTables(groups.default, keywords.default))
    .catch((error) => {
      loading = undefined;
      throw error;
    });
  return loading;
}

/**
 * @param {readonly {slug: string, emojis: readonly {emoji: string, name: string, skin_tone_support?: boolean}[]}[]} groups
 * @param {Record<string, string[]>} keywords by emoji
 * @returns {EmojiGroup[]}
 */
export function joinTables(groups, keywords) {
  return groups.map(({ slug, emojis }) => ({
    slug,
    emojis: emojis.map(({ emoji, name, skin_tone_support: hasTones = false }) => ({
      emoji, name, hasTones, words: [name, ...(keywords[emoji] ?? [])].join(' ').replaceAll('_', ' ').toLowerCase(),
    })),
  }));
}

/**
 * Those whose name or keywords hold every word, the names that begin so first.
 * @param {readonly EmojiGroup[]} groups
 * @param {string} query
 * @returns {Emoji[]}
 */
export function searchEmojis(groups, query) {
  const wanted = query.toLowerCase().split(/[\s_:]+/).filter(Boolean);
  const found = groups.flatMap((group) => group.emojis).filter(({ words }) => wanted.every((word) => ` ${words}`.includes(` ${word}`)));
  const [first = ''] = wanted;
  return found.sort((one, other) => Number(other.name.startsWith(first)) - Number(one.name.startsWith(first)));
}

/**
 * The emoji in a tone: the mark stands after each person and hand, in place of the sign for a coloured picture. Hands
 * that join two people take theirs.
 * @param {Emoji} emoji
 * @param {number} tone 1 to 5; 0: none
 */
export function withTone({ emoji, hasTones }, tone) {
  const mark = TONES[tone - 1];
  if (!hasTones || mark === undefined) return emoji;
  const takesTone = (/** @type {string} */ sign) => /\p{Emoji_Modifier_Base}/u.test(sign) && (sign !== '🤝' || emoji === '🤝');
  return [...emoji].map((sign) => (takesTone(sign) ? sign + mark : sign)).join('')
    .replace(/([\u{1F3FB}-\u{1F3FF}])\uFE0F/gu, '$1');
}

/**
 * Those to offer first: the latest that were chosen, filled up with the usual ones.
 * @param {import('../types.js').PreferenceValue} used as `withUsed` makes it
 * @param {number} count
 * @returns {string[]}
 */
export function frequentEmojis(used, count) {
  const own = typeof used === 'string' ? used.split(' ').filter(Boolean) : [];
  return [...new Set([...own, ...USUAL])].slice(0, count);
}

/**
 * @param {import('../types.js').PreferenceValue} used
 * @param {string} emoji that was chosen
 * @returns {string} to be kept as a preference
 */
export function withUsed(used, emoji) {
  const own = typeof used === 'string' ? used.split(' ').filter(Boolean) : [];
  return [emoji, ...own.filter((each) => each !== emoji)].slice(0, REMEMBERED).join(' ');
}
