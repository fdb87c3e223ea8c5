/** `<password-field data-show data-hide><input type="password">`: adds a button that shows what is typed. */
class PasswordField extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (!input || this.querySelector(".peek")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "peek";
    button.append(eye());
    const show = (/** @type {boolean} */ visible) => {
      input.type = visible ? "text" : "password";
      button.ariaPressed = String(visible);
      button.title = button.ariaLabel = (visible ? this.dataset.hide : this.dataset.show) ?? "";
    };
    button.addEventListener("click", () => show(input.type === "password"));
    // Sent as a password, or the browser would offer to remember it as text.
    input.form?.addEventListener("submit", () => show(false));
    show(false);
    this.append(button);
  }
}

function eye() {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  for (const line of ["M2.5 12C5 7.5 8.3 5.5 12 5.500s7 2 9.5 6.500c-2.5 4.5-5.8 6.5-9.5 6.500S5 16.5 2.5 12z", "M9 12a3 3 0 1 0 6 0 3 3 0 1 0-6 0"]) {
    const path = document.createElementNS(namespace, "path");
    path.setAttribute("d", line);
    svg.append(path);
  }
  return svg;
}

customElements.define("password-field", PasswordField);
