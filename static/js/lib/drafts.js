// What was typed and not yet sent, kept in this browser for each chat. A closed tab loses nothing.

const FORGOTTEN_MS = 30 * 24 * 60 * 60 * 1000;

export class Draft {
  constructor(person, path) {
    this.person = person;
    this.path = path;
    this.seen = null; // what is stored, as far as this tab has shown or written it
    forgetOldOnes();
  }

  get name() {
    return `draft:${this.person}:${this.path}`; // not for who signs in next in this browser
  }

  /** Return the draft to show, or null. What is shown may be written over.
   *
   * `given` is what the server has put into the field, which goes before another draft; `lastSent` is the newest
   * message of the chat: a draft that was just being sent when its page was left may have arrived.
   */
  read({ given, lastSent }) {
    const own = parsed(get(sessionStorage, this.name));
    const stored = get(localStorage, this.name);
    const draft = own ?? parsed(stored);
    if (!draft || (given && !draft.text.startsWith(given))) return null;
    if (!own) this.seen = stored;
    if (draft.sending?.text.trim() === lastSent) delete draft.sending;
    if (draft.tried && [draft.tried, draft].every(({ text }) => text.trim() === lastSent)) return null;
    return draft;
  }

  /** Tell whether another tab has sent, or removed, what this one showed. */
  hasGone({ key, oldValue, newValue }) {
    const now = parsed(newValue);
    if (key !== this.name || oldValue !== this.seen || now?.text || (now && !now.sending)) return false;
    this.seen = newValue;
    return true;
  }

  /** Store `content`, or remove the draft when there is none. */
  write(content) {
    const text = content && JSON.stringify({ ...content, at: Date.now() });
    // What another tab has put there and this one never showed stays; this tab then keeps its own to itself.
    const isOurs = get(localStorage, this.name) === this.seen;
    put(sessionStorage, this.name, isOurs ? null : text);
    if (isOurs && put(localStorage, this.name, text)) this.seen = text;
  }

  /** A new chat has got an address: its draft is no longer that of the next new chat. */
  moveTo(path) {
    this.write(null);
    this.path = path;
    this.seen = get(localStorage, this.name);
  }

  /** Tell whether a message that waits here was sent, or taken back, by another tab. */
  hasLost(id) {
    const stored = get(sessionStorage, this.name) ?? get(localStorage, this.name);
    return stored !== this.seen && parsed(stored)?.next?.id !== id;
  }
}

function forgetOldOnes() {
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith("draft:") && !(parsed(localStorage[name])?.at > Date.now() - FORGOTTEN_MS)) {
        localStorage.removeItem(name);
      }
    }
  } catch {
    // storage is switched off
  }
}

function get(storage, name) {
  try {
    return storage.getItem(name);
  } catch {
    return null;
  }
}

function put(storage, name, text) {
  try {
    if (text) storage.setItem(name, text);
    else storage.removeItem(name);
    return true;
  } catch {
    return false; // full, or switched off: the text is still in the field
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // of an older version of this page
  }
}
