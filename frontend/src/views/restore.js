/** Puts a backup in the place of everything: a file, or one of those that there are; then the server starts anew with it. */
import { formatDateTime } from '../lib/time.js';
import { Upload } from './upload.js';

/** @typedef {import('../upkeep-types.js').Sending} Sending */
/** @typedef {import('../upkeep-types.js').Backup} Backup */

/**
 * What is to be restored.
 * @typedef {object} Source
 * @property {string} file its name
 * @property {boolean} isSent it lies on the server already
 * @property {(sending: Sending & {isUnproven: boolean}) => Promise<{code: string}>} send
 */

export class Restore {
  /** @type {import('../types.js').ViewContext} */
  #context;
  #upkeep;
  #isFirst;
  #upload;

  /**
   * @param {import('../types.js').ViewContext} context
   * @param {import('../upkeep-types.js').Upkeep} upkeep
   * @param {{isFirst?: boolean}} [options] `isFirst`: there is nothing yet that could be replaced
   */
  constructor(context, upkeep, { isFirst = false } = {}) {
    this.#context = context;
    this.#upkeep = upkeep;
    this.#isFirst = isFirst;
    this.#upload = new Upload(context, {
      group: 'restore', hint: context.t(isFirst ? 'restore.first_hint' : 'restore.hint'), accept: '.sqlite3', onFile: (file) => this.#chosen(file),
    });
    this.element = this.#upload.element;
  }

  close() {
    this.#upload.close();
  }

  /** The chat goes on with what was restored. */
  done() {
    this.#upload.reset();
    this.#upload.say(this.#context.t('restore.is_done'));
  }

  /** One of those that there are. @param {Backup} backup */
  askFor({ name, created_at }) {
    const { t, locale } = this.#context;
    if (this.#upload.isBusy) return;
    this.#ask({ file: name, isSent: true, send: ({ isUnproven }) => this.#upkeep.restoreKept(name, { isUnproven }) },
      t('restore.ask_kept', { time: formatDateTime(created_at, locale) }));
  }

  /** @param {File} file */
  #chosen(file) {
    /** @type {Source} */
    const source = { file: file.name, isSent: false, send: (sending) => this.#upkeep.restore(file, sending) };
    if (this.#isFirst) void this.#send(source);
    else this.#ask(source, this.#context.t('restore.ask', { file: file.name }));
  }

  /**
   * @param {Source} source
   * @param {string} text
   */
  #ask(source, text) {
    const { t } = this.#context;
    this.#upload.ask({ text, yes: t('restore.yes'), no: t('restore.no'), run: () => void this.#send(source) });
  }

  /**
   * @param {Source} source
   * @param {{isUnproven?: boolean}} [options]
   */
  async #send(source, { isUnproven = false } = {}) {
    const { t, host } = this.#context;
    const isTaken = await this.#upload.send(source.file, async (sending) => {
      await host.restore(source.send({ ...sending, isUnproven }));
      return true;
    }, {
      isSent: source.isSent,
      refused: ({ code, field, message }) => code === 'conflict' && field === 'unproven' && this.#askAnyway(source, message),
    });
    if (!isTaken) return;
    this.#upload.show();
    this.#upload.say(t('restore.done'));
  }

  /**
   * It failed its proof, and may be all there is.
   * @param {Source} source
   * @param {string} reason
   */
  #askAnyway(source, reason) {
    const { t } = this.#context;
    this.#upload.ask({
      text: t(this.#isFirst ? 'restore.unproven_first' : 'restore.unproven', { reason }), yes: t('restore.anyway'), no: t('restore.no'),
      run: () => void this.#send(source, { isUnproven: true }),
    });
    return true;
  }
}
