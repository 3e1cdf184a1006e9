// Makes handing over quicker: touches are sent without leaving the page, the board keeps itself
// current. Every page works without it.
(() => {
  "use strict";
  const byId = (id) => document.getElementById(id);

  const passed = () => Math.floor(performance.now() / 1000);
  const fetched = async (url, options) => {
    const response = await fetch(url, { credentials: "same-origin", cache: "no-store", ...options });
    if (response.status === 423) { location.replace("/locked"); throw new Error("locked"); }
    if (new URL(response.url).pathname === "/login") { location.replace("/login"); throw new Error("over"); }
    return response;
  };
  const parsed = (text) => new DOMParser().parseFromString(text, "text/html");

  // Minutes until somebody comes, from the server's seconds and our steady clock.
  let since = passed();
  const count = () => {
    for (const one of document.querySelectorAll("[data-eta]")) {
      const left = Number(one.dataset.eta) - (passed() - since);
      const words = left < 0 ? one.dataset.over : one.dataset.in;
      const minutes = left < 0 ? Math.floor(-left / 60) : Math.ceil(left / 60);
      one.textContent = words.replace("{}", String(minutes));
      const row = one.closest("[data-late]");
      if (row) row.classList.toggle("is-overdue", left < 0);
    }
  };
  setInterval(count, 5000);

  // ---- the board ----
  const board = byId("board-parts");
  if (board) {
    const live = byId("board-live");
    const said = byId("board-said");
    const known = () => new Set([...document.querySelectorAll("tr[data-new]")].map((one) => one.dataset.new));
    let before = known();
    let asking = false;
    let again = false;
    const look = async () => {
      if (asking) { again = true; return; }
      asking = true;
      try {
        const response = await fetched(`${location.pathname}?by=page`, { redirect: "follow" });
        if (!response.ok) throw new Error(String(response.status));
        const fresh = parsed(await response.text()).getElementById("board-parts");
        if (!fresh) throw new Error("board");
        const focused = document.activeElement && document.activeElement.getAttribute("href");
        board.replaceChildren(...fresh.childNodes);
        since = passed();
        if (focused) {
          const link = board.querySelector(`a[href="${CSS.escape(focused)}"]`);
          if (link) link.focus({ preventScroll: true });
        }
        // What is new is said once, in words; nothing flashes.
        const now = known();
        const added = [...now].filter((one) => !before.has(one)).length;
        before = now;
        if (added) said.textContent = said.dataset.new.replace("{}", String(added));
        live.dataset.state = "live";
      } catch {
        live.dataset.state = "lost";
      }
      live.textContent = live.dataset.state === "live" ? live.dataset.live : live.dataset.lost;
      asking = false;
      if (again) { again = false; look(); }
    };
    // An event that was lost is made good by the next look, which comes anyhow.
    let soon = 0;
    const source = new EventSource(`${board.dataset.live}?by=page`);
    source.addEventListener("changed", () => { clearTimeout(soon); soon = setTimeout(look, 100); });
    source.addEventListener("open", look);
    source.addEventListener("error", () => { live.dataset.state = "lost"; live.textContent = live.dataset.lost; });
    setInterval(look, 30000);
    addEventListener("pagehide", () => source.close());
  }

  // ---- codes that are scanned ----
  const scanned = byId("codes");
  const counted = byId("codes-count");
  if (scanned && counted) {
    const tell = () => {
      const read = new Map(scanned.value.normalize("NFKC").toUpperCase().split(/\s+/)
        .map((line) => line.match(/^(?:\]..)?ES1([A-Z2-7]{4})(\d\d)(\d\d)/)).filter(Boolean)
        .map((one) => [one[1] + one[2], Number(one[3])]));
      const [of] = read.values();
      counted.textContent = of ? counted.dataset.count.replace("{}", String(of)).replace("{}", String(read.size)) : "";
    };
    scanned.addEventListener("input", tell);
    tell();
  }

  // ---- the crew's form ----
  const form = byId("handoff");
  if (form) {
    // A form that is put in the place of another under a finger takes no touch: it waits for the finger.
    let pressed = false;
    let fresh = null;
    const release = () => setTimeout(() => {
      pressed = false;
      if (fresh) { const come = fresh; fresh = null; come(); }
    }, 0);
    addEventListener("pointerdown", () => { pressed = true; }, true);
    addEventListener("pointerup", release, true);
    addEventListener("pointercancel", release, true);
    const isBox = (field) => ["radio", "checkbox"].includes(field.type);
    const show = (text, sent) => {
      const next = parsed(text).getElementById("handoff");
      if (!next) return false;
      // What is being typed elsewhere on the page stays as it is.
      const active = document.activeElement;
      const kept = new Map();
      for (const field of document.querySelectorAll("#handoff input:not([type=hidden]), #handoff textarea")) {
        const own = field.closest("form");
        const was = own && own.querySelector(`[name="was_${field.name}"]`);
        // What a box stands for is never written: two of one name would stand for the same.
        if (own && isBox(field)) { if (field.checked) kept.set(`${own.id} ${field.name} ${field.value}`, true); }
        else if (own && field.value && (!was || was.value !== field.value)) kept.set(`${own.id} ${field.name}`, field.value);
      }
      const place = active && active.closest("form") ? [active.closest("form").id, active.name, active.value] : null;
      const open = [...document.querySelectorAll("#handoff details[open]")].map((one) => one.id);
      byId("handoff").replaceWith(document.adoptNode(next));
      since = passed();
      for (const field of document.querySelectorAll("#handoff input:not([type=hidden]), #handoff textarea")) {
        const own = field.closest("form");
        if (!own || own.id === sent) continue;
        if (isBox(field)) { if (kept.has(`${own.id} ${field.name} ${field.value}`)) field.checked = true; }
        else if (kept.has(`${own.id} ${field.name}`)) field.value = kept.get(`${own.id} ${field.name}`);
      }
      for (const id of open) { if (id && byId(id)) byId(id).open = true; }
      if (place && byId(place[0])) {
        const same = [...byId(place[0]).elements].filter((one) => one.name === place[1]);
        const there = same.find((one) => one.value === place[2]) || same[0];
        if (there) there.focus({ preventScroll: true });
      }
      return true;
    };
    // What was kept was sent: the form comes back from the server once all of it is.
    document.addEventListener("draft-sent", ({ detail }) => {
      const sent = new URL(detail.url, location.href).pathname;
      if (detail.left || !`${sent}/`.startsWith(`${location.pathname}/`)) return;
      // What was refused stays in its fields, beside the sentence that says why.
      const come = () => { if (!show(detail.text, detail.form)) location.reload(); };
      if (pressed) fresh = come; else come();
    });
    // Only what was changed, and nothing of what stood there before: that may be of the record.
    const filled = (own, button) => {
      const body = [];
      for (const [name, value] of new FormData(own, button)) {
        if (["step", "form_token"].includes(name) || name.startsWith("was_")) continue;
        const was = own.elements[`was_${name}`];
        if (was && was.value === value.trim()) continue;
        if (was && !value.trim()) body.push([`was_${name}`, "-"]);
        body.push([name, value]);
      }
      return body;
    };
    // What was touched, in the form's own words; a patient's name and lines of the record are none.
    const words = (own, button, body) => {
      const said = [];
      const typed = [];
      const say = (node) => { if (node && node.textContent.trim()) said.push(node.textContent.trim()); };
      const section = own.closest("section");
      say(section && section.querySelector("h2"));
      if (own.action.endsWith("/link")) return { said, typed };
      say(own.querySelector("h3"));
      for (const field of own.elements) {
        if (field.type === "hidden" || !field.value || !body.some(([name]) => name === field.name)) continue;
        const label = field.closest("label");
        if (["radio", "checkbox"].includes(field.type)) {
          if (field.checked) say(label);
        } else if (field.matches("input, textarea")) {
          if (label) say(label.firstChild);
          typed.push(field.value.trim());
        }
      }
      if (button && button.name) {
        const group = button.closest("fieldset");
        say(group && group.querySelector("legend"));
        say(button);
      }
      return { said, typed };
    };
    // Pressed again before the form comes back it says the opposite.
    const turn = (button) => {
      [button.value, button.dataset.then] = [button.dataset.then, button.value];
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    };
    const post = (own, button) => {
      const body = filled(own, button);
      // Left as it was: what is hidden in every form of a page says nothing by itself.
      const isSaid = ([name]) => [...own.elements].some((field) => field.name === name && field.type !== "hidden");
      if (!body.length || (!button && !body.some(isSaid))) return;
      // Who it is, and what the record says, is asked of the server at once or not at all.
      const detail = { url: new URL(own.action).pathname, body, form: own.id, passing: own.action.endsWith("/link"), ...words(own, button, body) };
      for (const [name] of body) {
        const was = own.elements[`was_${name}`];
        if (was) was.value = own.elements[name].value.trim();
      }
      if (button && button.hasAttribute("aria-pressed")) {
        const isOne = !button.value || !button.dataset.then;
        const others = [...own.elements].filter((other) => other !== button && other.name === button.name);
        if (isOne) others.filter((other) => other.getAttribute("aria-pressed") === "true").forEach(turn);
        turn(button);
      } else if (!own.matches("[data-saves]")) own.reset();
      document.dispatchEvent(new CustomEvent("draft", { detail }));
    };
    // Where nothing can be kept each form is sent by the browser itself.
    const keeps = () => byId("drafts") && byId("drafts").dataset.ready;
    document.addEventListener("submit", (event) => {
      const own = event.target;
      if (!keeps() || !own.closest("#handoff") || own.matches("[data-leaves]")) return;
      event.preventDefault();
      post(own, event.submitter);
    });
    document.addEventListener("change", (event) => {
      const own = event.target.closest("#handoff form[data-saves]");
      if (own && keeps()) post(own, null);
    });
    // A form that came anew while something was typed hears of no change when its field is left.
    document.addEventListener("focusout", (event) => {
      const own = event.target.closest("#handoff form[data-saves]");
      if (own && keeps() && own.elements[`was_${event.target.name}`]) post(own, null);
    });
    // A list on which several write is looked at again, while nothing is on its way or being typed.
    const isWaiting = () => Boolean(byId("unsent-list") && byId("unsent-list").childElementCount);
    const look = async () => {
      const page = byId("handoff");
      const typing = document.activeElement && document.activeElement.matches("#handoff :is(input, textarea)");
      if (!page.dataset.looks || isWaiting() || typing || document.hidden) return;
      try {
        const response = await fetched(page.dataset.looks);
        const text = await response.text();
        const come = () => { if (response.ok && !isWaiting() && byId("handoff") === page) show(text, ""); };
        if (pressed) fresh = fresh || come; else come();
      } catch {
        // The page says as of when it is; the next look makes it good.
      }
    };
    setInterval(look, 10000);
  }
})();
