// What a crew touched stays on its tablet, encrypted, until it is sent: in its order, each once. It
// is what the crew touched and typed itself; nothing of the record is in it.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);
  const place = byId("drafts");
  const leave = byId("logout");
  if (!place || !globalThis.crypto || !crypto.subtle) return;
  // Without a connection the page is nobody's: it was kept before anybody was asked who it is.
  const isAway = Boolean(place.dataset.away);
  if (!isAway && !leave) return;
  let own = isAway ? "" : leave.dataset.drafts;
  let token = isAway ? "" : leave.querySelector("[name=form_token]").value;
  const page = crypto.randomUUID();
  // Whoever hands a touch over knows that it is kept.
  place.dataset.ready = "yes";

  // ---- the clocks ----
  // Seconds between a touch and its sending, by the server's clock where it was heard on both ends:
  // a tablet's own may be wrong, and set right meanwhile.
  let heard = null;
  const hear = (response) => {
    const server = Date.parse(response.headers.get("date") || "");
    if (Number.isNaN(server)) return;
    heard = { server, wall: Date.now(), steady: performance.now() };
    place.dataset.heard = "yes";
  };
  const near = (one, other) => Math.abs(one - other) <= 60000;
  const atServer = () => {
    if (!heard) return null;
    // Between the two the tablet slept, or its clock was set: which, nobody knows.
    const steady = performance.now() - heard.steady;
    return near(Date.now() - heard.wall, steady) ? heard.server + steady : null;
  };
  const ago = (draft) => {
    const now = atServer();
    const steady = draft.page === page ? performance.now() - draft.steady : 0;
    const passed = now !== null && draft.server !== null ? now - draft.server : Date.now() - draft.at;
    return passed < steady - 60000 || passed < -60000 ? "unknown" : String(Math.max(0, Math.floor(passed / 1000)));
  };
  const listen = async () => hear(await fetch("/health/live", { cache: "no-store" }));

  // ---- what is kept ----
  // One after the other: what is read is never older than what was kept before.
  let turn = Promise.resolve();
  const inTurn = (what) => { turn = turn.then(what, what); return turn; };
  const answered = (request) => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  let base = null;
  const opened = () => {
    base ||= new Promise((done, fail) => {
      const request = indexedDB.open("drafts", 1);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("keys");
        request.result.createObjectStore("steps", { keyPath: "number", autoIncrement: true });
      };
      request.onsuccess = () => {
        request.result.onclose = () => { base = null; };
        done(request.result);
      };
      request.onerror = () => fail(request.error);
    });
    base.catch(() => { base = null; });
    return base;
  };
  const within = async (store, mode, what) => {
    const transaction = (await opened()).transaction(store, mode, { durability: "strict" });
    const over = new Promise((done, fail) => {
      transaction.oncomplete = done;
      transaction.onabort = () => fail(transaction.error);
    });
    const result = await what(transaction.objectStore(store));
    await over;
    return result;
  };
  // No script can take the key out of the browser, and each account has its own.
  const key = async () => {
    const known = await within("keys", "readonly", (keys) => answered(keys.get(own)));
    if (known) return known;
    const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    return within("keys", "readwrite", async (keys) => {
      const other = await answered(keys.get(own));
      if (!other) await answered(keys.put(made, own));
      return other || made;
    });
  };
  const cipher = (iv, step) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(`${own} ${step}`) });
  const put = async (draft) => {
    const { number, tried, unread, keeping, ...said } = draft;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(said));
    const sealed = await crypto.subtle.encrypt(cipher(iv, draft.step), await key(), plain);
    const row = { of: own, step: draft.step, iv, sealed, ...(number ? { number } : {}) };
    draft.number = await within("steps", "readwrite", (steps) => answered(steps.put(row)));
  };
  // Who was signed in here last: the page that is shown without a connection keeps for that account.
  const CURRENT = "current";
  const remember = () => within("keys", "readwrite", (keys) => answered(keys.put(own, CURRENT)));
  const remembered = () => within("keys", "readonly", (keys) => answered(keys.get(CURRENT)));
  const drop = (number) => within("steps", "readwrite", (steps) => answered(steps.delete(number)));

  let drafts = [];
  let others = 0;
  // The run that a form without a connection is for.
  let here = "";
  const waiting = () => drafts.filter((draft) => !draft.refused);
  const unchecked = () => waiting().filter((draft) => draft.away);
  const read = async () => {
    const rows = await within("steps", "readonly", (steps) => answered(steps.getAll()));
    const mine = rows.filter((row) => row.of === own);
    const secret = mine.length ? await key() : null;
    const found = [];
    for (const row of mine) {
      const before = drafts.find((draft) => draft.number === row.number);
      try {
        const plain = await crypto.subtle.decrypt(cipher(row.iv, row.step), secret, row.sealed);
        const draft = JSON.parse(new TextDecoder().decode(plain));
        found.push({ ...draft, number: row.number, tried: Boolean(before && before.tried) });
      } catch {
        found.push({ number: row.number, step: row.step, url: "", said: [], typed: [], at: 0, refused: place.dataset.unread });
      }
    }
    others = rows.length - mine.length;
    drafts = [...found, ...drafts.filter((draft) => !draft.number)];
  };

  // ---- what is said of it ----
  const isForm = Boolean(byId("handoff"));
  const spoken = (draft) => {
    const time = draft.at ? new Date(draft.at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }) : "";
    // What was typed may be a name: it is said only where names stand anyhow.
    return [time, ...draft.said, ...(isForm ? draft.typed : [])].filter(Boolean).join(" ");
  };
  const tell = () => {
    const open = waiting();
    byId("unsent").hidden = !(open.length > 1 || open.some((draft) => draft.tried));
    byId("unsent-count").textContent = String(open.length);
    // Whoever holds the tablet without a connection reads what he touched himself, and only counts
    // the rest.
    byId("unsent-list").replaceChildren(...open.filter((draft) => !isAway || draft.page === page).map((draft) => {
      const line = document.createElement("li");
      line.textContent = spoken(draft);
      return line;
    }));
    // Codes are for what cannot be sent of the run on this page.
    const isRun = isForm && /^\/handoffs\/[^/]+$/.test(here || location.pathname);
    byId("codes-offer").hidden = !(place.dataset.codes && isRun);
    byId("unchecked").hidden = isAway || unchecked().length === 0;
    byId("unchecked").querySelector("b").textContent = String(unchecked().length);
    byId("unkept").hidden = !open.some((draft) => !draft.number && !draft.keeping && !draft.passing);
    byId("unsent-others").hidden = others === 0;
    byId("unsent-others").querySelector("b").textContent = String(others);
    const refused = isAway ? [] : drafts.filter((draft) => draft.refused);
    byId("refused").hidden = refused.length === 0;
    byId("refused-list").replaceChildren(...refused.map((draft) => {
      const line = byId("refused-one").content.cloneNode(true).firstElementChild;
      line.querySelector("b").textContent = spoken(draft);
      line.querySelector("span").textContent = draft.refused;
      line.querySelector("button").addEventListener("click", () => inTurn(async () => {
        if (draft.number) await drop(draft.number);
        drafts = drafts.filter((one) => one !== draft && one.step !== draft.step);
        tell();
      }));
      return line;
    }));
  };

  // ---- sending ----
  const post = (draft) => {
    const body = new URLSearchParams(draft.body);
    for (const [name, value] of [["step", draft.step], ["form_token", token], ["ago", ago(draft)]]) body.append(name, value);
    // Asked again without anybody's touch it is nobody's activity.
    const url = draft.tried ? `${draft.url}?by=page` : draft.url;
    draft.tried = true;
    return fetch(url, { method: "POST", body, credentials: "same-origin", cache: "no-store" });
  };
  const isLeft = (response) => {
    if (response.status === 423) location.replace(`/locked?back=${location.pathname}`);
    else if (response.status === 401 || new URL(response.url).pathname === "/login") location.replace("/login");
    else return false;
    return true;
  };
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");
  // Refused as a form of another session: is it this account's still?
  const isOthers = async () => {
    const response = await fetch("/sessions?by=page", { credentials: "same-origin", cache: "no-store" });
    if (isLeft(response)) return "left";
    const now = response.ok && parsed(await response.text()).getElementById("logout");
    if (!now) return "later";
    if (now.dataset.drafts !== own) { location.reload(); return "left"; }
    const fresh = now.querySelector("[name=form_token]").value;
    if (fresh === token) return "";
    token = fresh;
    return "again";
  };
  const why = (text) => {
    const said = parsed(text).querySelector("#flash span, .said");
    return said ? said.textContent.trim() : place.dataset.noReason;
  };
  // A run that was begun without a connection has its name once it is recorded; whoever is asked
  // twice answers the same one.
  const named = async (begun, url) => {
    for (const draft of drafts.filter((one) => one.url.startsWith(`${begun}/`))) {
      draft.url = draft.url.replace(begun, url);
      if (draft.number) await inTurn(() => put(draft));
    }
  };
  const unbegun = async (begun) => {
    for (const draft of waiting().filter((one) => one.url.startsWith(`${begun}/`))) {
      draft.refused = place.dataset.unbegun;
      if (draft.number) await inTurn(() => put(draft));
    }
  };
  // "done", "again", "later" where this run has to wait, "left" where nothing more is sent by this page.
  const send = async (draft) => {
    if (draft.tried || Date.now() - draft.at > 30000) await listen();
    const response = await post(draft);
    hear(response);
    const text = await response.text();
    if (isLeft(response)) return "left";
    if (response.status >= 500 || [408, 429].includes(response.status)) return "later";
    // What a bad connection cut off cannot be read either.
    draft.unread = (draft.unread || 0) + (response.status === 400 ? 1 : 0);
    if (response.status === 400 && draft.unread < 3) return "later";
    if (response.status === 403) {
      const other = await isOthers();
      if (other) return other;
    }
    hasBegun ||= Boolean(draft.begins);
    if (draft.begins) await (response.ok ? named(draft.begins, new URL(response.url).pathname) : unbegun(draft.begins));
    if (response.ok) {
      if (draft.number) await inTurn(() => drop(draft.number));
      drafts = drafts.filter((one) => one.step !== draft.step);
    } else {
      const kept = drafts.find((one) => one.step === draft.step) || draft;
      kept.refused = why(text);
      if (kept.number) await inTurn(() => put(kept));
    }
    tell();
    const detail = { text, url: draft.url, form: response.ok ? draft.form : "", left: waiting().length };
    document.dispatchEvent(new CustomEvent("draft-sent", { detail }));
    return "done";
  };
  // Steps of one run go one after the other; another run's do not wait for a node that refuses them.
  const round = async () => {
    await inTurn(read).catch(() => {});
    const stuck = new Set();
    const run = (draft) => draft.begins || draft.url.split("/").slice(0, 3).join("/");
    // Its other steps wait for what nobody has confirmed yet.
    for (const draft of unchecked()) stuck.add(run(draft));
    for (;;) {
      const draft = waiting().find((one) => !one.keeping && !stuck.has(run(one)));
      if (!draft) return;
      const went = await send(draft).catch(() => "nowhere");
      if (went === "left") return;
      if (draft.passing && (went === "nowhere" || went === "later")) {
        draft.refused = place.dataset.offline;
        continue;
      }
      if (went === "nowhere") return;
      if (went === "later") stuck.add(run(draft));
    }
  };
  let sending = false;
  let soon = 0;
  let hasBegun = false;
  const go = async () => {
    clearTimeout(soon);
    if (isAway || sending) return;
    sending = true;
    // One page of the tablet sends at a time.
    await (navigator.locks ? navigator.locks.request("drafts", round) : round()).catch(() => {});
    sending = false;
    tell();
    if (hasBegun && location.pathname === "/handoffs") location.reload();
    else if (waiting().length > unchecked().length) soon = setTimeout(go, 3000);
  };
  const confirmed = (isOwn) => inTurn(async () => {
    for (const draft of unchecked()) {
      delete draft.away;
      if (isOwn) await put(draft);
      else await drop(draft.number);
      if (!isOwn) drafts = drafts.filter((one) => one !== draft);
    }
    tell();
  }).then(go);

  // ---- what comes and goes ----
  document.addEventListener("draft", ({ detail }) => {
    const draft = { ...detail, step: crypto.randomUUID(), at: Date.now(), steady: performance.now(), server: atServer(), page, keeping: true };
    if (isAway) {
      draft.away = true;
      draft.tried = true;
      draft.url = draft.url.replace("/handoffs/offline", here);
    }
    drafts.push(draft);
    tell();
    inTurn(async () => {
      // Where nothing can be kept it is sent from here, and the page says so.
      if (!draft.passing) await put(draft).catch(() => {});
      delete draft.keeping;
      tell();
    }).then(go);
  });
  document.addEventListener("drafts-told", tell);
  // What is kept, for who shows it in another way.
  document.addEventListener("drafts-asked", ({ detail }) => inTurn(async () => {
    await read().catch(() => {});
    detail.answer({ own, token, isAway, run: here || location.pathname, drafts: waiting(), ago, made: atServer(), within, answered });
  }));
  addEventListener("online", () => (isAway ? back() : go()));
  addEventListener("beforeunload", (event) => { if (waiting().some((draft) => !draft.number)) event.preventDefault(); });
  // ---- without a connection ----
  // The browser keeps one page, on which nothing is, and what it is drawn with.
  const STORE = "crew";
  const keepPage = async () => {
    const workers = navigator.serviceWorker;
    if (!workers || !place.dataset.worker || !location.pathname.startsWith("/handoffs")) return;
    const kept = await caches.match("/handoffs/offline");
    const page = kept ? await kept.text() : "";
    if ([...document.querySelectorAll("script[src^='/static/']")].some((one) => !page.includes(one.getAttribute("src")))) {
      const response = await fetch("/handoffs/offline?by=page", { cache: "no-store" });
      if (!response.ok) return;
      const drawn = parsed(await response.clone().text()).querySelectorAll("link[href^='/static/'], script[src^='/static/']");
      await caches.delete(STORE);
      const store = await caches.open(STORE);
      await store.addAll([...drawn].map((one) => one.getAttribute("href") || one.getAttribute("src")));
      await store.put("/handoffs/offline", response);
    }
    await workers.register(place.dataset.worker, { scope: "/handoffs" });
  };
  const forget = async () => {
    await caches.delete(STORE);
    const workers = navigator.serviceWorker;
    for (const worker of workers ? await workers.getRegistrations() : []) await worker.unregister();
  };
  // What is half typed is not taken away by a connection that comes back.
  const isTyping = () => [...document.querySelectorAll("#handoff input:not([type=hidden]), #handoff textarea, #begin [name=unit]")].some((field) => {
    if (["radio", "checkbox"].includes(field.type)) return field.checked;
    const was = field.form && field.form.elements[`was_${field.name}`];
    return field.value.trim() !== (was ? was.value : "");
  });
  const back = () => { if (!isTyping()) listen().then(() => location.replace(here.startsWith("/handoffs/new-") ? "/handoffs" : location.pathname), () => {}); };
  const away = async () => {
    own = (await remembered()) || "";
    byId("nobody").hidden = Boolean(own);
    if (!own) return;
    await read();
    for (const draft of drafts) draft.tried = true;
    const begin = byId("begin");
    const into = (url) => {
      here = url;
      begin.hidden = true;
      byId("handoff").hidden = false;
    };
    if (/^\/handoffs\/[^/]+$/.test(location.pathname) && location.pathname !== "/handoffs/offline") into(location.pathname);
    else begin.hidden = false;
    begin.addEventListener("submit", (event) => {
      event.preventDefault();
      const unit = begin.querySelector("[name=unit]").value.trim();
      if (!unit) return;
      into(`/handoffs/new-${crypto.randomUUID()}`);
      history.replaceState(null, "", here);
      begin.reset();
      const said = [begin.querySelector("h2").textContent];
      document.dispatchEvent(new CustomEvent("draft", { detail: { url: "/handoffs", begins: here, body: [["unit", unit]], form: "", said, typed: [unit] } }));
    });
  };

  // Signing out removes what is kept of this account, once that was said. Another's stays.
  let isSaid = false;
  if (leave) leave.addEventListener("submit", (event) => {
    event.preventDefault();
    inTurn(async () => {
      await read().catch(() => {});
      if (drafts.length && !isSaid) {
        isSaid = true;
        byId("unsent-leaving").hidden = false;
        return false;
      }
      // Without a connection nobody signs out, and nothing is removed.
      await listen();
      for (const draft of drafts) if (draft.number) await drop(draft.number);
      drafts = [];
      for (const name of [own, `codes ${own}`, CURRENT]) await within("keys", "readwrite", (keys) => answered(keys.delete(name)));
      await forget();
      if (others) {
        const field = document.createElement("input");
        field.type = "hidden";
        field.name = "others";
        field.value = "yes";
        leave.append(field);
      }
      return true;
    }).catch(() => true).then((goes) => { if (goes) leave.submit(); });
  });
  if (isAway) {
    inTurn(away).then(tell, () => { byId("nobody").hidden = false; });
    setInterval(back, 5000);
    return;
  }
  byId("unchecked-own").addEventListener("click", () => confirmed(true));
  byId("unchecked-not").addEventListener("click", () => confirmed(false));
  inTurn(remember).catch(() => {});
  addEventListener("load", () => { keepPage().catch(() => {}); });
  listen().catch(() => {});
  inTurn(read).catch(() => {}).then(() => { for (const draft of waiting()) draft.tried = true; tell(); return go(); });
})();
