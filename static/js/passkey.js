// Asks the device for a passkey and sends its answer as an ordinary form. Where this does not run,
// the forms stay hidden; nothing here decides who is let in.
(() => {
  "use strict";
  const decoded = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const encoded = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  // What the server sends and expects is JSON; what the browser knows is bytes.
  const asked = (options) => {
    const known = options.publicKey;
    known.challenge = decoded(known.challenge);
    if (known.user) known.user.id = decoded(known.user.id);
    for (const one of [...(known.allowCredentials || []), ...(known.excludeCredentials || [])]) one.id = decoded(one.id);
    return options;
  };
  const answered = (credential) => {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = encoded(credential.response[part]);
    }
    return { id: credential.id, rawId: encoded(credential.rawId), type: credential.type, response, extensions: {} };
  };

  const begun = async (start, fields) => {
    const answer = await fetch(start, { method: "POST", body: fields, credentials: "same-origin", redirect: "error", cache: "no-store" });
    // Signed out meanwhile: the page itself says what to do.
    if (!(answer.headers.get("content-type") || "").startsWith("application/json")) throw new Error(String(answer.status));
    return answer.json();
  };

  // Begins with what the fields hold, asks the device, and gives its answer to `use`. Where it does
  // not come to that, the form says why; whether it did.
  const ceremony = async (form, told, fields, use) => {
    const said = form.querySelector(".passkey-said");
    const buttons = form.querySelectorAll("button");
    if ([...buttons].some((button) => button.disabled)) return false;
    for (const button of buttons) button.disabled = true;
    said.textContent = "";
    try {
      const start = await begun(told.start, fields);
      if (start.said) { said.textContent = start.said; return false; }
      const options = asked(JSON.parse(start.options));
      const credential = options.publicKey.user ? await navigator.credentials.create(options) : await navigator.credentials.get(options);
      use(start.token, JSON.stringify(answered(credential)));
      return true;
    } catch (error) {
      said.textContent = error instanceof DOMException ? told.cancelled : told.failed;
      return false;
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  };

  // What a passkey's answer stands for is not sent beside it.
  const factors = (form) => ["password", "code"].map((name) => form.elements[name]).filter(Boolean);
  const own = (form) => ["own_token", "own_credential"].map((name) => form.elements[name]).filter(Boolean);

  // Sends the form once the device has answered.
  const finish = async (form) => {
    const fields = new URLSearchParams(new FormData(form));
    const account = document.querySelector("form#login [name=account]");
    if (account) fields.set("account", account.value);
    const done = await ceremony(form, form.dataset, fields, (token, credential) => {
      for (const field of [...factors(form), ...own(form)]) field.disabled = true;
      form.elements.token.value = token;
      form.elements.credential.value = credential;
    });
    if (done) form.submit();
    return done;
  };

  const wire = (form) => {
    form.hidden = false;
    if (location.hostname !== form.dataset.host) {
      const said = form.querySelector(".passkey-said");
      form.replaceChildren(said);
      said.textContent = form.dataset.elsewhere;
      return;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      finish(form);
    });
  };

  // A button that gives both factors in the place of password and code.
  const wireOwn = (button) => {
    const form = button.form;
    button.hidden = false;
    if (location.hostname !== button.dataset.host) {
      form.querySelector(".passkey-said").textContent = button.dataset.elsewhere;
      button.remove();
      return;
    }
    // Enter in a field presses the only button there is.
    if (!form.classList.contains("passkey") && !form.querySelector("button:not([type=button])")) {
      form.addEventListener("submit", (event) => { event.preventDefault(); button.click(); });
    }
    button.addEventListener("click", async () => {
      for (const field of factors(form)) field.disabled = true;
      const fields = new URLSearchParams({ form_token: form.elements.form_token.value, change: button.dataset.change || "" });
      for (const name of (button.dataset.with || "").split(" ")) if (form.elements[name]) fields.set(name, form.elements[name].value);
      const sent = form.reportValidity() && await ceremony(form, button.dataset, fields, (token, credential) => {
        form.elements.own_token.value = token;
        form.elements.own_credential.value = credential;
      });
      if (sent && !form.classList.contains("passkey")) { form.submit(); return; }
      if (sent && await finish(form)) return;
      // Each answer is good once.
      for (const field of own(form)) field.value = "";
      for (const field of factors(form)) field.disabled = false;
    });
  };
  if (window.PublicKeyCredential) {
    document.querySelectorAll("form.passkey").forEach(wire);
    document.querySelectorAll("button.own-passkey").forEach(wireOwn);
  }
})();
