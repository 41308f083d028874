// Removes the drafts (composer/drafts.js) of somebody who has signed out.

const prefix = `draft:${document.querySelector("meta[name='left']").content}:`;

for (const storage of [localStorage, sessionStorage]) {
  for (const name of Object.keys(storage)) if (name.startsWith(prefix)) storage.removeItem(name);
}
