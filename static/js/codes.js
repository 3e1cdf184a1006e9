// The last resort without a connection: what a tablet could not send yet as QR codes on its screen,
// sealed and signed, for a scanner at the hospital.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const place = byId("drafts");
  const panel = byId("codes");
  const offer = byId("codes-offer");
  if (!place || !panel || !offer || !globalThis.CompressionStream || !globalThis.qrcode) return;

  // What drafts.js keeps, and how it keeps it.
  const asked = () => new Promise((answer) => {
    document.dispatchEvent(new CustomEvent("drafts-asked", { detail: { answer } }));
  });
  const bytes = (text) => new TextEncoder().encode(text);
  const joined = async (parts) => new Uint8Array(await new Blob(parts).arrayBuffer());
  const toText = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

  // ---- the keys, fetched while there is a connection ----
  // Soon: whose password changes meanwhile has a pass that is worth nothing.
  const RENEWED = 10 * 60 * 1000;
  const SIGNING = { name: "ECDSA", namedCurve: "P-256" };
  const nameOf = (own) => `codes ${own}`;
  const known = (kept) => kept.within("keys", "readonly", (keys) => kept.answered(keys.get(nameOf(kept.own))));
  const fetchKeys = async () => {
    const kept = await asked();
    if (kept.isAway || !kept.own) return;
    const before = await known(kept);
    const age = before ? Date.now() - before.made : RENEWED;
    if (age >= 0 && age < RENEWED) return;
    const pair = await crypto.subtle.generateKey(SIGNING, false, ["sign", "verify"]);
    const body = new URLSearchParams({ form_token: kept.token, public: toText(await crypto.subtle.exportKey("raw", pair.publicKey)) });
    const response = await fetch("/handoffs/codes?by=page", { method: "POST", body, credentials: "same-origin", cache: "no-store" });
    if (!response.ok) return;
    const given = await response.json();
    const key = await crypto.subtle.importKey("raw", toBytes(given.key), "AES-GCM", false, ["encrypt"]);
    const made = { signs: pair.privateKey, key, pass: toBytes(given.pass), made: Date.now() };
    await kept.within("keys", "readwrite", (keys) => kept.answered(keys.put(made, nameOf(kept.own))));
  };

  // ---- the codes ----
  const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  // RFC 4648 §6 without padding.
  const base32 = (content) => {
    let text = "";
    let held = 0;
    let bits = 0;
    for (const byte of content) {
      held = (held << 8) | byte;
      for (bits += 8; bits >= 5; bits -= 5) text += DIGITS[(held >> (bits - 5)) & 31];
      held &= (1 << bits) - 1;
    }
    return bits ? text + DIGITS[(held << (5 - bits)) & 31] : text;
  };
  // A cheap scanner reads so many from a tablet's screen.
  const LONGEST = 640;
  const inCodes = async (content) => {
    const whole = base32(content);
    const name = base32(crypto.getRandomValues(new Uint8Array(3))).slice(0, 4);
    const of = Math.ceil(whole.length / LONGEST);
    if (of > 99) throw new Error("too much");
    const two = (number) => String(number).padStart(2, "0");
    return Promise.all(Array.from({ length: of }, async (_, at) => {
      const said = `ES1${name}${two(at + 1)}${two(of)}${whole.slice(at * LONGEST, (at + 1) * LONGEST)}`;
      const sum = await crypto.subtle.digest("SHA-256", bytes(said));
      return said + base32(new Uint8Array(sum)).slice(0, 4);
    }));
  };
  // Asking hospitals and the link to a patient are no part of it: both need the server.
  const KINDS = ["begin", "edit", "arrive"];
  const packed = async (kept) => {
    const isOwn = (draft) => draft.begins === kept.run || draft.url.startsWith(`${kept.run}/`);
    const touches = kept.drafts.filter(isOwn)
      .map((draft) => [draft.begins ? "begin" : draft.url.split("/").pop(), draft.step, draft.body, kept.ago(draft)])
      .filter(([kind]) => KINDS.includes(kind));
    const name = kept.run.split("/").pop();
    const made = kept.made === null ? null : Math.round(kept.made);
    const clear = bytes(JSON.stringify({ made, run: name.startsWith("new-") ? "" : name, touches }));
    return joined([await new Response(new Blob([clear]).stream().pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer()]);
  };
  const made = async () => {
    const kept = await asked();
    const keys = kept.own && (await known(kept));
    if (!keys) return null;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, keys.key, await packed(kept));
    const length = new Uint8Array([keys.pass.length >> 8, keys.pass.length & 255]);
    const signed = await joined([length, keys.pass, iv, sealed]);
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, keys.signs, signed);
    return inCodes(await joined([signed, signature]));
  };

  // ---- on the screen ----
  const SVG = "http://www.w3.org/2000/svg";
  let codes = [];
  let at = 0;
  const show = () => {
    const code = globalThis.qrcode(0, "M");
    code.addData(codes[at], "Alphanumeric");
    code.make();
    const count = code.getModuleCount();
    let dark = "";
    for (let row = 0; row < count; row += 1) {
      for (let column = 0; column < count; column += 1) if (code.isDark(row, column)) dark += `M${column} ${row}h1v1h-1z`;
    }
    const image = document.createElementNS(SVG, "svg");
    image.setAttribute("viewBox", `-4 -4 ${count + 8} ${count + 8}`);
    image.setAttribute("shape-rendering", "crispEdges");
    image.setAttribute("role", "img");
    image.setAttribute("aria-labelledby", "codes-at");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", dark);
    image.append(path);
    byId("codes-image").replaceChildren(image);
    byId("codes-at").textContent = panel.dataset.place.replace("{}", String(at + 1)).replace("{}", String(codes.length));
    byId("codes-before").disabled = at === 0;
    byId("codes-next").disabled = at === codes.length - 1;
  };
  const move = (by) => { at = Math.min(codes.length - 1, Math.max(0, at + by)); show(); };
  byId("codes-before").addEventListener("click", () => move(-1));
  byId("codes-next").addEventListener("click", () => move(1));
  byId("codes-close").addEventListener("click", () => panel.close());
  panel.addEventListener("close", () => { codes = []; byId("codes-image").replaceChildren(); });
  byId("codes-open").addEventListener("click", async () => {
    const why = byId("codes-why");
    why.hidden = true;
    codes = (await made().catch(() => [])) || null;
    if (!codes || !codes.length) {
      why.textContent = codes ? place.dataset.codesFailed : place.dataset.noKey;
      why.hidden = false;
      codes = [];
      return;
    }
    at = 0;
    panel.showModal();
    show();
  });
  place.dataset.codes = "yes";
  document.dispatchEvent(new CustomEvent("drafts-told"));
  addEventListener("load", () => { fetchKeys().catch(() => {}); });
})();
