/** `<grow-text><textarea>`: as high as its text, in browsers whose CSS cannot do that. */
class GrowText extends HTMLElement {
  connectedCallback() {
    if (CSS.supports("field-sizing: content")) return;
    const text = this.querySelector("textarea");
    const grow = () => {
      if (text && text.scrollHeight > text.clientHeight) text.style.height = `${text.scrollHeight + 4}px`;
    };
    this.addEventListener("input", grow);
    grow();
  }
}

customElements.define("grow-text", GrowText);
