// Makes pages quicker; every page works without it. Nothing here decides what may be seen.
(() => {
  "use strict";
  const body = document.body;
  const byId = (id) => document.getElementById(id);

  const printNow = byId("print-now");
  if (printNow) {
    printNow.hidden = false;
    printNow.addEventListener("click", () => window.print());
  }

  // A page that a browser kept for its Back key is asked for again: it may be locked or over.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && body.dataset.patientKey && !body.dataset.seconds) location.reload();
  });

  // Enter takes a colleague's reason: a key held down must not open what it only led to.
  if (byId("joined")) {
    document.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.repeat) event.preventDefault();
    });
  }

  // What is shown only when asked for goes back by Esc, and where it says so by itself.
  const back = byId("back");
  if (back) {
    const leave = (to) => { body.classList.add("is-covered"); location.replace(to); };
    document.addEventListener("keydown", (event) => {
      if (event.code === "Escape" && !event.isComposing && event.keyCode !== 229) leave(back.href);
    });
    if (body.dataset.seconds) {
      const until = performance.now() + Number(body.dataset.seconds) * 1000;
      // Going back by itself is nobody's activity.
      setInterval(() => { if (performance.now() >= until) leave(back.dataset.byItself); }, 250);
      window.addEventListener("pagehide", () => body.classList.add("is-covered"));
    }
  }

  // The lock is announced half a minute before it comes.
  const began = performance.now();
  const passed = () => Math.floor((performance.now() - began) / 1000);
  const lockSoon = byId("lock-soon");
  if (lockSoon) {
    const announced = Number(body.dataset.lockAfter) - 30;
    setInterval(() => { lockSoon.hidden = passed() < announced; }, 1000);
  }
  // The session's end is said half an hour before it, also on a page that stays open.
  const ending = byId("ends-soon");
  if (ending && ending.hidden) {
    setTimeout(() => { ending.hidden = false; }, Number(ending.dataset.after) * 1000);
  }

  // At the lock one key makes room for the next user.
  const change = byId("switch");
  if (change && body.classList.contains("page-lock")) {
    document.addEventListener("keydown", (event) => {
      if (event.code === "Escape" && !event.repeat && !event.isComposing && event.keyCode !== 229) change.requestSubmit();
    });
  }

  // A choice of language or light takes along what was typed for a patient.
  const glasses = document.querySelectorAll("form.glass");
  let typed = glasses.length === 1 ? glasses[0] : null;
  document.addEventListener("focusin", (event) => {
    typed = event.target.closest("form.glass") || typed;
  });
  for (const choice of [byId("language"), byId("theme")]) {
    if (!choice) continue;
    choice.addEventListener("formdata", (event) => {
      if (!typed) return;
      for (const [name, value] of new FormData(typed)) {
        if (name !== "form_token") event.formData.append(name, value);
      }
    });
  }

  // Of several candidates one key leads to the reason of one; a scanner's burst is no key.
  const keyed = document.querySelectorAll(".candidate[data-key]");
  if (keyed.length) {
    let soon = 0;
    let last = -Infinity;
    document.addEventListener("keydown", (event) => {
      const gap = event.timeStamp - last;
      last = event.timeStamp;
      clearTimeout(soon);
      if (gap < 50 || event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.keyCode === 229) return;
      if (event.target.closest("input, select, textarea")) return;
      const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code);
      const chosen = digit && [...keyed].find((one) => one.dataset.key === digit[1]);
      const reason = chosen && chosen.querySelector("input[name=reason]");
      if (reason) soon = setTimeout(() => reason.focus(), 60);
    });
  }
  if (!body.classList.contains("page-summary")) return;

  // What is left of the grant: hours and minutes, from the server's seconds and our steady clock.
  const countdown = byId("countdown");
  const left = Number(countdown.dataset.left);
  const renewal = byId("renewal");
  setInterval(() => {
    const minutes = Math.floor(Math.max(0, left - passed()) / 60);
    countdown.textContent = `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
    if (passed() >= left) location.replace("/");
    if (renewal && left - passed() <= Number(renewal.dataset.at)) renewal.hidden = false;
  }, 1000);

  // Rows beyond the space are folded; on a screen that has the space they come into view, row by
  // row in each section.
  const page = document.documentElement;
  const recount = (section) => {
    const more = section.querySelector(".more");
    if (!more) return;
    for (const heading of section.querySelectorAll(".group")) {
      let row = heading.nextElementSibling;
      let folded = true;
      for (; row && row.matches(".row"); row = row.nextElementSibling) folded &&= row.matches(".is-folded");
      heading.classList.toggle("is-folded", folded);
    }
    const count = section.querySelectorAll(".row.is-folded").length;
    const words = more.querySelector("summary").firstChild;
    words.data = words.data.replace(/[0-9]+/, String(count));
    more.hidden = count === 0;
  };
  const unfold = () => {
    const sections = [...document.querySelectorAll(".section:has(> .more:not([open]))")];
    for (const section of sections) {
      for (const row of section.querySelectorAll(".row.is-folded")) {
        if (page.scrollHeight > page.clientHeight) return;
        row.classList.remove("is-folded");
        recount(section);
        if (page.scrollHeight > page.clientHeight) {
          row.classList.add("is-folded");
          recount(section);
          break;
        }
      }
    }
  };
  unfold();

  // One panel at a time; a press elsewhere closes it.
  const panels = () => document.querySelectorAll("details.origin[open], details.dialog[open]");
  const closeOthers = (kept) => {
    for (const panel of panels()) {
      if (!panel.contains(kept)) panel.open = false;
    }
  };
  document.addEventListener("click", (event) => closeOthers(event.target));

  // What came late goes into the slot of what was asked for; rows beyond the slot are folded, so
  // that nothing below it moves.
  const said = (section) => [...section.children].filter((part) => !part.matches(".more")).map((part) => part.textContent).join("");
  const fillIn = (old, fresh) => {
    if (!old || (old.dataset.state === fresh.dataset.state && said(old) === said(fresh))) return;
    const slot = old.getBoundingClientRect().height;
    if (old.matches(".is-coming")) fresh.classList.add("was-coming");
    const section = document.adoptNode(fresh);
    old.replaceWith(section);
    const rows = [...section.querySelectorAll(".row:not(.is-folded)")];
    while (rows.length > 1 && section.getBoundingClientRect().height > slot + 1) {
      const row = rows.pop();
      if (row.matches(".row-stays")) continue;
      row.classList.add("is-folded");
      recount(section);
    }
  };

  // The late answer: only what was coming is replaced, and only for the same patient.
  const fill = async (url) => {
    const response = await fetch(url, { credentials: "same-origin", redirect: "error", cache: "no-store" });
    if (response.status === 423) { location.replace("/locked"); return; }
    if (!response.ok) throw new Error(String(response.status));
    const late = new DOMParser().parseFromString(await response.text(), "text/html");
    const key = body.dataset.patientKey;
    if (!key || late.body.dataset.patientKey !== key) throw new Error("patient");
    const fragments = [...late.querySelectorAll("[data-patient-key]")];
    if (fragments.some((fragment) => fragment.dataset.patientKey !== key)) throw new Error("patient");
    const focused = document.activeElement && document.activeElement.id;
    for (const fresh of late.querySelectorAll(".section")) fillIn(byId(fresh.id), fresh);
    // The strip stays the same element, so that its change is announced.
    const strip = byId("strip");
    const freshStrip = late.getElementById("strip");
    strip.className = freshStrip.className;
    strip.dataset.state = freshStrip.dataset.state;
    strip.replaceChildren(...freshStrip.childNodes);
    byId("accounting").textContent = late.getElementById("accounting").textContent;
    const receipt = document.querySelector(".receipt");
    const freshReceipt = late.querySelector(".receipt");
    if (receipt && freshReceipt) receipt.textContent = freshReceipt.textContent;
    for (const notice of document.querySelectorAll(".banner > .notice")) notice.remove();
    strip.before(...late.querySelectorAll(".banner > .notice"));
    if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
    delete body.dataset.late;
  };
  if (body.dataset.late) {
    fill(body.dataset.late).catch(() => { byId("late-failed").hidden = false; });
  }

  // Keys. A scanner types faster than a hand: what comes within 50 ms of another key is no command.
  const BURST = 50;
  const toggle = byId("keys-switch");
  let on = sessionStorage.getItem("keys") !== "off";
  const say = () => {
    toggle.textContent = on ? toggle.dataset.on : toggle.dataset.off;
    toggle.setAttribute("aria-pressed", String(on));
    body.classList.toggle("keys-off", !on);
  };
  byId("keys").hidden = false;
  say();
  toggle.addEventListener("click", () => {
    on = !on;
    sessionStorage.setItem("keys", on ? "on" : "off");
    say();
  });

  const cover = byId("cover");
  const covered = (is) => {
    if (is) closeOthers(null);
    cover.hidden = !is;
    body.classList.toggle("is-covered", is);
    if (is) byId("uncover").focus();
  };
  byId("uncover").addEventListener("click", () => covered(false));
  // The wrong patient is out of sight before the server has answered.
  byId("end-wrong-patient").addEventListener("submit", () => covered(true));

  const again = byId("print-again");
  let armed = 0;
  // A section's digit goes there and opens what is folded; pressed again there it folds it. Where
  // several share a digit it goes on to the next.
  const go = (digit) => {
    const sections = [...document.querySelectorAll(`#grid [data-digit="${digit}"]`)];
    const here = sections.findIndex((section) => section.contains(document.activeElement));
    const section = sections[(here + 1) % sections.length];
    if (!section) return;
    const more = section.querySelector(".more");
    if (more) more.open = !(sections.length === 1 && here === 0 && more.open);
    section.focus({ preventScroll: true });
    const banner = byId("banner");
    const strip = byId("strip");
    const held = getComputedStyle(banner).position === "sticky" ? banner : strip;
    const top = section.getBoundingClientRect().top - held.offsetHeight - 6;
    const bottom = section.getBoundingClientRect().bottom;
    if (top < 0 || bottom > innerHeight) scrollBy(0, top);
  };
  const sheet = byId("view");
  const wrong = byId("end-wrong-patient");
  const commands = {
    KeyX: () => { covered(true); wrong.requestSubmit(); },
    KeyR: () => {
      if (!renewal || renewal.hidden) return;
      renewal.open = true;
      renewal.querySelector("input[name=reason]").focus();
    },
    KeyN: () => byId("other-look").click(),
    KeyL: () => byId("lock").requestSubmit(),
    KeyU: () => change && change.requestSubmit(),
    KeyE: () => byId("language").requestSubmit(),
    Slash: () => byId("home").click(),
    KeyP: () => {
      if (performance.now() < armed) { byId("print").click(); return; }
      armed = performance.now() + 4000;
      again.hidden = false;
      setTimeout(() => { again.hidden = true; }, 4000);
    },
  };

  const command = (event) => {
    if (event.code === "Slash" && event.shiftKey) {
      return () => {
        sheet.open = !sheet.open;
        if (sheet.open) sheet.querySelector("summary").focus();
      };
    }
    if (event.shiftKey) return undefined;
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    return digit ? () => go(digit[1]) : commands[event.code];
  };

  let previous = -Infinity;
  let waiting = 0;
  document.addEventListener("keydown", (event) => {
    const gap = event.timeStamp - previous;
    previous = event.timeStamp;
    clearTimeout(waiting);
    if (event.isComposing || event.keyCode === 229) return;
    // Before anything else, and also where keys are off.
    if (event.code === "Escape" && !event.repeat) { covered(true); return; }
    if (gap < BURST) {
      // The scanner's Enter presses no button and sends no form.
      if (event.key === "Enter" || event.key === " ") event.preventDefault();
      return;
    }
    if (!on || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (!cover.hidden || event.target.closest("input, select, textarea")) return;
    const chosen = command(event);
    if (chosen) waiting = setTimeout(chosen, BURST + 10);
  });
})();
