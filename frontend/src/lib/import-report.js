/** What came of an archive that was read in, in words. */

/** What is left out, as the server names it, and its words. @type {ReadonlyMap<string, string>} */
const LEFT = new Map([['files', 'files'], ['attachments', 'attachments'], ['reactions', 'reactions'], ['rooms of others', 'rooms']]);
/** Slack's own notes ("messages: channel_join"): nobody said them. */
const NOTES = 'messages: ';

/**
 * @param {import('../types.js').Translate} t
 * @param {string} locale
 * @param {import('../protocol.js').Imported} done
 * @returns {{came: string, known: string, renamed: string[], left: string[]}} `known` is empty where nothing was here already
 */
export function importReport(t, locale, { rooms = 0, people = 0, messages = 0, known = 0, renamed = {}, left_out: left = {} }) {
  const parts = [t('import.messages', { count: messages }), t('import.rooms', { count: rooms }), t('import.people', { count: people })];
  const notes = Object.entries(left).filter(([what]) => what.startsWith(NOTES)).reduce((sum, [, count]) => sum + count, 0);
  const others = Object.entries(left).filter(([what]) => !what.startsWith(NOTES));
  return {
    came: t('import.came', { what: new Intl.ListFormat(locale, { type: 'conjunction' }).format(parts) }),
    known: known > 0 ? t('import.known', { count: known }) : '',
    renamed: Object.entries(renamed).map(([before, now]) => t('import.renamed_line', { before, now })),
    left: [
      ...others.map(([what, count]) => t(`import.left_${LEFT.get(what) ?? 'other'}`, { count, what })),
      ...(notes > 0 ? [t('import.left_notes', { count: notes })] : []),
    ],
  };
}
