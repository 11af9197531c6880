/** Reads an archive in, one of a chat like this or Slack's, and tells what came of it. */
import { importReport } from '../lib/import-report.js';
import { element } from './element.js';
import { Upload } from './upload.js';

/** Milliseconds between two looks at how far it is. */
const LOOK_AGAIN = 500;

export class Import {
  /** @type {import('../types.js').ViewContext} */
  #context;
  #upkeep;
  #upload;
  #onDone;
  #isClosed = false;

  /**
   * @param {import('../types.js').ViewContext} context
   * @param {import('../upkeep-types.js').Upkeep} upkeep
   * @param {(file: string) => string} onDone what to say of a file that is read in
   */
  constructor(context, upkeep, onDone) {
    const { t } = context;
    this.#context = context;
    this.#upkeep = upkeep;
    this.#onDone = onDone;
    this.#upload = new Upload(context, { group: 'import', hint: t('import.hint'), accept: '.zip,.ndjson', onFile: (file) => void this.#bringIn(file) });
    this.element = this.#upload.element;
  }

  close() {
    this.#isClosed = true;
    this.#upload.close();
  }

  /** @param {File} file */
  async #bringIn(file) {
    let isThere = false;
    const done = await this.#upload.send(file.name, ({ signal, onProgress }) => this.#upkeep.bringIn(file, {
      signal,
      onProgress: (part) => {
        onProgress(part);
        if (part < 1 || isThere) return;
        isThere = true;
        void this.#follow();
      },
    }));
    if (done) this.#tell(file.name, done);
  }

  /** While the server reads it. */
  async #follow() {
    const { t } = this.#context;
    while (this.#upload.isBusy && !this.#isClosed) {
      const { is_running, done = 0, total = 0 } = await this.#upkeep.importState().catch(() => ({ is_running: false, done: 0, total: 0 }));
      if (is_running && total > 0 && this.#upload.isBusy) {
        this.#upload.progress(done / total);
        this.#upload.say(t('import.reading', { done, count: total }));
      }
      await new Promise((resolve) => { setTimeout(resolve, LOOK_AGAIN); });
    }
  }

  /**
   * @param {string} file
   * @param {import('../upkeep-types.js').Imported} done
   */
  #tell(file, done) {
    const { t, locale } = this.#context;
    const { came, known, renamed, left } = importReport(t, locale, done);
    const list = (/** @type {string} */ title, /** @type {string[]} */ lines) => lines.length > 0 && element('div', {},
      element('h3', {}, title), element('ul', { class: 'import__lines' }, ...lines.map((line) => element('li', { dir: 'auto' }, line))));
    const report = element('div', { class: 'import__report', role: 'group', 'aria-label': t('import.report', { file }) },
      element('p', {}, element('strong', {}, came)), known !== '' && element('p', { class: 'quiet' }, known),
      list(t('import.renamed'), renamed), list(t('import.left'), left));
    this.#upload.reset(report);
    this.#upload.say(this.#onDone(file));
  }
}
