// "Edit this image": the image goes into the composer, and the next message says what to change.

const composer = document.querySelector("chat-composer");
const { field, model } = composer;
const usual = field.placeholder;

export async function editImage({ dataset }) {
  const { image: id, url, name, size, width, height, placeholder, maker, editor } = dataset;
  await composer.give({ text: "", attachments: [], pictures: [{ id, url, name, size: Number(size), width, height }] });
  composer.querySelector("#image-warning button").value = editor; // offered if the chosen model does not accept images
  if (maker === editor || !canEdit(model.selectedOptions[0])) choose(maker);
  field.placeholder = placeholder;
  composer.addEventListener("pictures", () => composer.imageCount || (field.placeholder = usual));
  field.focus();
}

function choose(id) {
  if (model.value === id || ![...model.options].some(({ value }) => value === id)) return;
  model.value = id;
  model.dispatchEvent(new Event("change", { bubbles: true }));
}

function canEdit(option) {
  const features = option?.dataset.features?.split(" ") ?? [];
  return features.includes("images_in") && features.includes("images_out");
}
