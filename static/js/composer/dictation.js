// Records what somebody says and puts it into the field as text. Nothing is sent without a press, and no recording is lost.

import { money } from "./estimate.js";

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"]; // Safari knows the second
const BITS_PER_SECOND = 32_000; // enough for a voice; some browsers do not listen
const PIECE_MS = 500;
const TICK_MS = 200;
const LEAST_DOLLARS = 0.0001; // smaller sums are noise
const PATIENCE_MS = 150_000; // for the text; the server gives up earlier
const PROBLEMS = { NotAllowedError: "denied", SecurityError: "denied", NotFoundError: "missing", OverconstrainedError: "missing" };

let current;

/** Begin to record; with a recording in progress, stop it. */
export async function dictate(button) {
  if (current) return current.pressed();
  current = new Dictation(button.closest("chat-composer"), button);
  try {
    await current.begin();
  } catch (failure) {
    current.abandon();
    throw failure;
  }
}

class Dictation {
  constructor(composer, button) {
    Object.assign(this, { composer, button, pieces: [], bytes: 0 });
    this.listening = new AbortController();
  }

  async begin() {
    await this.#load();
    const { signal } = this.listening;
    this.bar.addEventListener("click", ({ target }) => this.#does(target.closest("[data-does]")?.dataset.does), { signal });
    document.addEventListener("keydown", (event) => this.#key(event), { capture: true, signal }); // before the shortcuts
    addEventListener("beforeunload", (event) => event.preventDefault(), { signal });
    if (!navigator.mediaDevices?.getUserMedia) return this.#giveUp(isSecureContext ? "unsupported" : "insecure");
    if (!window.MediaRecorder) return this.#giveUp("unsupported");
    this.composer.complain("");
    this.composer.note(this.words.asking);
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1 } });
    } catch ({ name }) {
      return this.#giveUp(PROBLEMS[name] ?? "busy");
    }
    this.#record();
  }

  async #load() {
    const response = await fetch(this.button.dataset.dictate, { headers: { "HX-Request": "true" } });
    const holder = document.createElement("template");
    holder.innerHTML = await response.text();
    this.bar = holder.content.querySelector(".dictation");
    if (!response.ok || !this.bar) throw response;
    const style = holder.content.querySelector("link");
    if (!document.querySelector(`link[href="${style.getAttribute("href")}"]`)) document.head.append(style);
    this.words = this.bar.dataset;
  }

  // --- Recording

  #record() {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.recorder = new MediaRecorder(this.stream, { mimeType, audioBitsPerSecond: BITS_PER_SECOND });
    this.recorder.addEventListener("dataavailable", ({ data }) => this.#received(data));
    this.recorder.addEventListener("stop", () => this.#stopped());
    this.stream.getTracks()[0].addEventListener("ended", () => (this.isUnplugged = true));
    this.composer.querySelector(".tools").before(this.bar);
    this.button.setAttribute("aria-pressed", "true");
    this.recorder.start(PIECE_MS);
    this.startedAt = performance.now();
    this.clock = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
    try {
      this.#watchLevel();
    } catch {
      // some browsers have no more of these; it is recorded all the same
    }
    this.composer.note(this.words.recording);
    this.#find("stop").focus({ preventScroll: true });
  }

  #received(data) {
    this.pieces.push(data);
    this.bytes += data.size;
    if (this.bytes > this.words.mostBytes * 0.95) this.#stop(); // the last piece has to fit, too
  }

  #tick() {
    this.seconds = (performance.now() - this.startedAt) / 1000;
    const whole = Math.floor(this.seconds);
    this.bar.querySelector(".time").textContent = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    this.bar.querySelector(".price").textContent = this.#price();
    if (this.seconds >= this.words.mostSeconds) this.#stop();
  }

  #price() {
    const { perSecond, perRequest, unknown, about, under } = this.words;
    const dollars = Number(perRequest) + perSecond * this.seconds;
    if (Number.isNaN(dollars)) return unknown;
    return (dollars < LEAST_DOLLARS ? under : about).replace("{price}", money(Math.max(dollars, LEAST_DOLLARS)));
  }

  #watchLevel() {
    this.sound = new AudioContext();
    const analyser = this.sound.createAnalyser();
    this.sound.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    const look = () => {
      if (this.recorder.state !== "recording") return;
      analyser.getByteTimeDomainData(samples);
      const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0);
      this.bar.querySelector(".level").style.setProperty("--level", String(loudest / 128));
      requestAnimationFrame(look);
    };
    look();
  }

  #stop() {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  #stopped() {
    clearInterval(this.clock);
    for (const track of this.stream.getTracks()) track.stop();
    this.sound?.close();
    this.button.removeAttribute("aria-pressed");
    if (this.isCancelled) return this.#end(this.words.cancelled);
    this.recording = new Blob(this.pieces, { type: this.recorder.mimeType.split(";")[0] });
    if (this.isUnplugged) this.#fail({ error: this.words.unplugged });
    else this.#send();
  }

  // --- Sending

  async #send({ overLimit = false } = {}) {
    this.isCancelled = false;
    this.#show("sending");
    this.composer.note(this.words.sending);
    this.sending = new AbortController();
    const timer = setTimeout(() => this.sending.abort(), PATIENCE_MS);
    try {
      await this.#receive(await this.#post(overLimit));
    } catch {
      this.#fail({ error: this.words[this.isCancelled ? "kept" : "offline"] });
    }
    clearTimeout(timer);
  }

  #post(overLimit) {
    const query = new URLSearchParams({ seconds: Math.ceil(this.seconds), ...(overLimit && { over_limit: 1 }) });
    const chat = this.composer.path.match(/^\/chats\/([^/]+)/)?.[1];
    if (chat) query.set("chat", chat);
    return fetch(`${this.words.address}?${query}`, {
      method: "POST",
      body: this.recording,
      headers: { "X-CSRFToken": this.composer.form.elements.csrfmiddlewaretoken.value },
      signal: this.sending.signal,
    });
  }

  async #receive(response) {
    const isJson = response.headers.get("Content-Type")?.includes("json");
    const answer = isJson ? await response.json() : {};
    if (!response.ok) return this.#fail({ error: this.words[response.status === 403 ? "expired" : "broken"], ...answer });
    if (answer.text === undefined) return this.#fail({ error: this.words.broken });
    if (!answer.text) return this.#fail({ error: this.words.nothing });
    this.#insert(answer.text);
    this.#end(answer.cost ? this.words.done.replace("{price}", answer.cost) : this.words.doneWithoutPrice);
  }

  /** At the caret, with a space where words would touch. */
  #insert(text) {
    const { value, selectionStart, selectionEnd } = this.composer.field;
    const before = /\S$/.test(value.slice(0, selectionStart)) ? " " : "";
    const after = /^[\p{L}\p{N}]/u.test(value.slice(selectionEnd)) ? " " : "";
    this.composer.insert(before + text + after);
    this.composer.changed();
  }

  // --- What is shown

  #show(state) {
    const isRecording = state === "recording";
    for (const name of ["level", "time", "price"]) this.bar.querySelector(`.${name}`).hidden = state === "failed";
    this.bar.querySelector(".said").hidden = state !== "failed";
    this.#find("stop").hidden = !isRecording;
    this.#find("cancel").hidden = state === "failed";
    for (const name of ["send", "discard"]) this.#find(name).hidden = state !== "failed";
    this.#find("anyway").hidden = true;
    for (const element of this.bar.querySelectorAll("audio, [download]")) element.hidden = state !== "failed";
    if (state === "sending") this.#find("cancel").focus({ preventScroll: true });
  }

  #fail({ error, action, over_limit: isOverLimit }) {
    this.composer.note("");
    this.#show("failed");
    const [words, link, player, download] = ["span", "a.link", "audio", "[download]"].map((each) => this.#failed(each));
    words.textContent = error;
    link.hidden = !action;
    if (action) Object.assign(link, { href: action.url, textContent: action.label });
    this.#find("anyway").hidden = !isOverLimit;
    this.url ??= URL.createObjectURL(this.recording);
    player.src ||= this.url;
    download.href = this.url;
    download.download = `${this.words.fileName}.${this.recording.type.split("/")[1] || "webm"}`;
    this.#find(isOverLimit ? "anyway" : "send").focus({ preventScroll: true });
  }

  #failed(selector) {
    return this.bar.querySelector(["span", "a.link"].includes(selector) ? `.said > ${selector}` : selector);
  }

  #find(does) {
    return this.bar.querySelector(`[data-does="${does}"]`);
  }

  // --- What is pressed

  pressed() {
    if (this.recorder?.state === "recording") this.#stop();
    else if (this.recording) this.#find("send").focus();
  }

  #does(what) {
    if (what === "stop") this.#stop();
    if (what === "cancel") this.#cancel();
    if (what === "send") this.#send();
    if (what === "anyway") this.#send({ overLimit: true });
    if (what === "discard") this.#end("");
  }

  #key(event) {
    if (event.key !== "Escape" || this.recording || this.recorder?.state !== "recording") return;
    event.preventDefault();
    event.stopPropagation();
    this.#cancel();
  }

  /** Before it is sent a recording is thrown away; then it stays, because it may have been paid for. */
  #cancel() {
    this.sending?.abort();
    this.isCancelled = true;
    this.#stop();
  }

  /** It could not begin. */
  abandon() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.listening.abort();
    this.bar?.remove();
    this.button.removeAttribute("aria-pressed");
    current = undefined;
  }

  #giveUp(reason) {
    this.composer.note("");
    this.composer.complain(this.words[reason]);
    this.#end();
  }

  #end(note) {
    this.listening.abort();
    this.bar.remove();
    if (this.url) URL.revokeObjectURL(this.url);
    if (note !== undefined) this.composer.note(note);
    current = undefined;
    this.composer.takeFocus();
  }
}
