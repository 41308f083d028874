// Stores what was typed and not yet sent, in this browser, for each person and chat.

const EXPIRES_MS = 30 * 24 * 60 * 60 * 1000;

export class Draft {
  constructor(person, path) {
    this.person = person;
    this.path = path;
    this.seen = null; // what is stored for all tabs, if this one has shown or written it
    this.last = null; // the same, or the draft of this tab alone
    removeExpired();
  }

  get name() {
    return `draft:${this.person}:${this.path}`; // others may sign in in this browser
  }

  /** Return the draft to show, or null. `given` is from the server. */
  read(given) {
    const own = get("sessionStorage", this.name);
    const stored = get("localStorage", this.name);
    const draft = parsed(own) ?? parsed(stored);
    if (!draft) return null;
    if (given && draft.sending?.text.trim() === given) draft.sending.text = ""; // it was sent back
    else if (given && !continues(draft.text.trim(), given)) return this.#putAside(parsed(own));
    this.last = own ?? stored;
    if (!own) this.seen = stored;
    this.aside = draft.aside;
    return draft;
  }

  #putAside(own) {
    this.aside = own ?? undefined; // what other tabs see is not written over anyway
    return null;
  }

  /** Has another page of this tab written since? */
  get hasChanged() {
    return (get("sessionStorage", this.name) ?? get("localStorage", this.name)) !== this.last;
  }

  /** Has another tab sent, or removed, what this one showed? */
  hasGone({ key, oldValue, newValue }) {
    if (key !== this.name || oldValue !== this.seen) return false;
    const now = parsed(newValue);
    const isGone = !now || (now.sending && !now.text);
    if (isGone || isSame(now, parsed(oldValue))) this.seen = this.last = newValue; // shown there, it is stored again
    return isGone;
  }

  /** Store `content`, or remove the draft when there is none; return whether that worked. */
  write(content) {
    const draft = content ? { ...content, aside: this.aside, at: Date.now() } : this.aside;
    const text = draft ? JSON.stringify(draft) : null;
    this.last = text;
    // What another tab has stored and this one never showed stays.
    const isOurs = get("localStorage", this.name) === this.seen;
    if (!isOurs || !put("localStorage", this.name, text)) return put("sessionStorage", this.name, text);
    this.seen = text;
    put("sessionStorage", this.name, null);
    return true;
  }

  /** A new chat has got an address. */
  moveTo(path) {
    this.write(null);
    this.path = path;
    this.aside = undefined;
    this.seen = this.last = get("localStorage", this.name);
  }

  /** Has another tab sent, or taken back, the queued message? */
  hasLost(id) {
    const stored = get("sessionStorage", this.name) ?? get("localStorage", this.name);
    return stored !== this.seen && parsed(stored)?.next?.id !== id;
  }
}

function removeExpired() {
  try {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith("draft:") && !(parsed(localStorage[name])?.at > Date.now() - EXPIRES_MS)) {
        localStorage.removeItem(name);
      }
    }
  } catch {
    // switched off
  }
}

function isSame(one, other) {
  return JSON.stringify({ ...one, at: 0 }) === JSON.stringify({ ...other, at: 0 });
}

/** Does `text` begin with `given`, by whole words? */
function continues(text, given) {
  return text.startsWith(given) && !/[\p{L}\p{N}]{2}/u.test(text.slice(given.length - 1, given.length + 1));
}

// Storages by their names: it may be an error to mention them.

function get(storage, name) {
  try {
    return window[storage].getItem(name);
  } catch {
    return null;
  }
}

function put(storage, name, text) {
  try {
    if (text) window[storage].setItem(name, text);
    else window[storage].removeItem(name);
    return true;
  } catch {
    return false; // full, or switched off
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
