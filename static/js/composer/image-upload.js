// Uploads one image. By XMLHttpRequest, because fetch does not tell how much of an upload is through.

const SILENT_MS = 60_000; // no byte got through for so long

/**
 * Send `file`; return what the server has stored. `onProgress` hears of bytes that are through.
 *
 * Rejects with {status, sentence}: no status without a connection, no sentence where the server has none.
 */
export function upload(file, { address, token, signal, onProgress }) {
  const [request, form] = [new XMLHttpRequest(), new FormData()];
  form.append("csrfmiddlewaretoken", token);
  form.append("images", file);
  let timer;
  const beginToWait = () => {
    clearTimeout(timer);
    timer = setTimeout(() => request.abort(), SILENT_MS);
  };
  request.upload.onprogress = ({ loaded }) => {
    beginToWait();
    onProgress(Math.min(loaded, file.size));
  };
  signal.addEventListener("abort", () => request.abort());
  return new Promise((resolve, reject) => {
    request.onloadend = () => {
      clearTimeout(timer);
      const { status, response } = request;
      if (status === 201 && response) resolve(response);
      else reject({ status, sentence: response?.error });
    };
    request.open("POST", address);
    request.responseType = "json";
    request.send(form);
    beginToWait();
  });
}
