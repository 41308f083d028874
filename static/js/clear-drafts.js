// Somebody has left: the drafts of static/js/composer/drafts.js that are theirs go, too.

const theirs = `draft:${document.querySelector("meta[name='left']").content}:`;

for (const storage of [localStorage, sessionStorage]) {
  for (const name of Object.keys(storage)) if (name.startsWith(theirs)) storage.removeItem(name);
}
