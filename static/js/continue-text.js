const form = document.forms.completion;
const { text, start, stop, undo, note } = form.elements;
const { draft } = form.dataset;

const save = () => {
  undo.hidden = true;
  try {
    localStorage[draft] = JSON.stringify({ text: text.value, at: Date.now() }); // composer/drafts.js removes what has no date
  } catch {
    // full, or switched off
  }
};

start.onclick = async (event) => {
  event.preventDefault();
  const old = text.value;
  const body = new FormData(form);
  const call = new AbortController();
  stop.onclick = () => call.abort();
  text.readOnly = start.disabled = !(stop.hidden = false);
  try {
    const reply = await fetch("?stream", { method: "POST", body, signal: call.signal });
    if (reply.status != 202) throw reply;
    let all = old;
    for await (const more of reply.body.pipeThrough(new TextDecoderStream())) {
      all += more;
      [text.value, note.value] = all.split("\0");
      save();
    }
  } catch {
    note.value = form.dataset.failed;
  }
  text.readOnly = start.disabled = !(stop.hidden = true);
  undo.value = [...old].length;
  undo.hidden = text.value === old;
};
text.oninput = save;
try {
  text.value ||= JSON.parse(localStorage[draft]).text;
} catch {
  // nothing is stored
}
save();
