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

  const begun = async (form) => {
    const fields = new URLSearchParams(new FormData(form));
    const account = document.querySelector("form#login [name=account]");
    if (account) fields.set("account", account.value);
    const answer = await fetch(form.dataset.start, { method: "POST", body: fields, credentials: "same-origin", redirect: "error", cache: "no-store" });
    // Signed out meanwhile: the page itself says what to do.
    if (!(answer.headers.get("content-type") || "").startsWith("application/json")) throw new Error(String(answer.status));
    return answer.json();
  };

  const wire = (form) => {
    const said = form.querySelector(".passkey-said");
    form.hidden = false;
    if (location.hostname !== form.dataset.host) {
      form.replaceChildren(said);
      said.textContent = form.dataset.elsewhere;
      return;
    }
    const button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      said.textContent = "";
      try {
        const start = await begun(form);
        if (start.said) { said.textContent = start.said; return; }
        const options = asked(JSON.parse(start.options));
        const credential = options.publicKey.user ? await navigator.credentials.create(options) : await navigator.credentials.get(options);
        // The token stands for it from here on.
        if (form.elements.password) form.elements.password.disabled = true;
        form.elements.token.value = start.token;
        form.elements.credential.value = JSON.stringify(answered(credential));
        form.submit();
      } catch (error) {
        said.textContent = error instanceof DOMException ? form.dataset.cancelled : form.dataset.failed;
      } finally {
        button.disabled = false;
      }
    });
  };
  if (window.PublicKeyCredential) document.querySelectorAll("form.passkey").forEach(wire);
})();
