// Lets a model go on with the text of the page in place. Without this the form is sent, and the page comes back longer.

const form = document.querySelector("#completion");
const field = form.elements.namedItem("text");
const [start, stop, undo] = form.querySelectorAll(".buttons button");
const [note, problem] = form.querySelectorAll(".note, .problem");
let running;

const save = () => {
  try {
    if (field.value) localStorage.setItem(form.dataset.draft, JSON.stringify({ text: field.value, at: Date.now() }));
    else localStorage.removeItem(form.dataset.draft);
  } catch {
    // Storage is full or not allowed: the text stays in the page.
  }
};

const restore = () => {
  try {
    field.value ||= JSON.parse(localStorage.getItem(form.dataset.draft))?.text ?? "";
  } catch {
    // There is none that can be read.
  }
};

const say = (words, what = "") => {
  note.textContent = words;
  problem.textContent = what;
};

const setRunning = (controller) => {
  running = controller;
  start.disabled = field.readOnly = Boolean(running);
  stop.hidden = !running;
};

const add = (text) => {
  const isAtEnd = field.scrollTop + field.clientHeight >= field.scrollHeight - 40;
  field.value += text;
  if (isAtEnd) field.scrollTop = field.scrollHeight;
  save();
};

async function* eventsOf(response) {
  let rest = "";
  for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + piece).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const [, name, data] = /^event: (\w+)\ndata: (.*)$/.exec(event) ?? [];
      if (name) yield [name, JSON.parse(data)];
    }
  }
}

const ask = async (body, signal) => {
  const response = await fetch(form.action, { method: "POST", body, signal, headers: { Accept: "text/event-stream" } });
  if (response.status === 422) return say("", (await response.json()).problem);
  if (!response.ok || response.redirected) return say("", form.dataset.expired);
  let hasEnded = false;
  for await (const [name, data] of eventsOf(response)) {
    if (name === "text") add(data);
    else if (name === "end") {
      hasEnded = true;
      say(data.note, data.problem);
    }
  }
  if (!hasEnded) say("", form.dataset.broke);
};

const run = async () => {
  const length = field.value.length;
  const controller = new AbortController();
  const body = new FormData(form);
  setRunning(controller);
  say("");
  try {
    await ask(body, controller.signal);
  } catch {
    if (controller.signal.aborted) say(form.dataset.stopped);
    else say("", field.value.length > length ? form.dataset.broke : form.dataset.offline);
  }
  setRunning();
  if (field.value.length > length) undo.value = length;
  undo.hidden = !(undo.value && field.value.length > undo.value);
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (event.submitter === undo) {
    field.value = field.value.slice(0, undo.value);
    undo.hidden = true;
    say(form.dataset.removed);
    save();
    field.focus();
  } else if (!running) run();
});
stop.addEventListener("click", () => running?.abort());
field.addEventListener("input", () => {
  undo.hidden = true; // its place in the text may have moved
  save();
});
restore();
