// The models that are asked beside the composer's own, chosen in its picker: each is a box in the composer.

const MOST_MODELS = 4; // as in chat/forms/send.py

const place = document.querySelector("#compare");
const composer = place.closest("chat-composer");
const boxes = () => [...place.querySelectorAll(":checked")];

place.addEventListener("change", ({ target }) => {
  target.closest(".compared")?.remove(); // it was unticked
  composer.restoreFocus();
  composer.estimate?.(composer);
});

/** The options of all models that are asked: for composer/estimate.js. */
composer.asked = () => {
  const ids = [composer.model.value, ...boxes().map(({ value }) => value)];
  return ids.map((id) => [...composer.model.options].find(({ value }) => value === id)).filter(Boolean);
};

export class Comparison {
  constructor({ dialog, field, models, found, words }) {
    Object.assign(this, { field, models, found, words });
    this.box = dialog.querySelector(".chip-of-model").content.firstElementChild;
  }

  /** Add the model, or remove it. The one in the field stays. */
  toggle({ id, name }) {
    if (id === this.field.value) return;
    const box = boxes().find(({ value }) => value === id);
    if (!box && boxes().length + 1 >= MOST_MODELS) return this.#refuse();
    if (box) box.click();
    else this.#add(id, name);
    this.show();
  }

  #refuse() {
    this.found.textContent = this.words.tooMany.replace("{count}", MOST_MODELS);
  }

  #add(id, name) {
    const label = this.box.cloneNode(true);
    label.querySelector("input").value = id;
    label.querySelector(".name").textContent = name;
    place.append(label);
    place.dispatchEvent(new Event("change"));
  }

  /** Mark the rows of those that are asked, and say which they are. */
  show() {
    const ids = [this.field.value, ...boxes().map(({ value }) => value)];
    for (const { id, row } of this.models) row.ariaSelected = ids.includes(id);
    const names = ids.map((id) => this.models.find((model) => model.id === id)?.name).filter(Boolean);
    this.found.textContent = this.words.chosen.replace("{models}", names.join(" · "));
  }
}
