// Says that a request, or loading a module, did not work. The composer, the search and the streams do so themselves.

const REPORTED = ".edit, [data-edit], [data-cancel], [data-stopping], .along, .rename, .toast form, #chat-menu form, body";

const composer = document.querySelector("chat-composer");

function report(status, source) {
  if (status === 422) return; // it says why
  const words = composer.dataset[{ 403: "forbidden", 404: "gone" }[status] ?? "notDone"];
  if (!source?.closest("#chats")) return composer.complain(words);
  const toast = Object.assign(document.createElement("p"), { textContent: words });
  toast.classList.add("toast", "failed");
  document.querySelector("#undo").replaceChildren(toast); // the drawer covers the composer
}

function reportIfFailed({ type, detail: { ctx } }) {
  const source = ctx?.sourceElement;
  if (!source?.matches(REPORTED)) return;
  document.querySelector("#undo > .failed")?.remove();
  if (type === "htmx:error" || !ctx.response.raw.ok) report(ctx.response?.status, source);
  else if (Object.values(composer.dataset).includes(composer.errorText)) composer.complain(""); // now it worked
}

document.addEventListener("htmx:error", reportIfFailed);
document.addEventListener("htmx:after:request", reportIfFailed);
addEventListener("unhandledrejection", ({ reason }) => {
  if (reason instanceof TypeError || reason instanceof Response) report(reason.status); // of import() and fetch()
});
